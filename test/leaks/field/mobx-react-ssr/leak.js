// https://github.com/mobxjs/mobx-react/issues/140: rendering on a server subscribes components that are never unmounted
const { measure } = require('./harness');
const { observable } = require('mobx');
const { observer } = require('mobx-react');
const React = require('react');
const { renderToString } = require('react-dom/server');
const settings = observable({ currency: 'EUR', vat: 19 });
const Price = observer(class Price extends React.Component {
  render() { return React.createElement('b', null, this.props.amount, settings.currency, settings.vat); }
});
async function page(i) { return renderToString(React.createElement('main', null, React.createElement(Price, { amount: i }))); }
measure(page, { warmup: 200, n: 300 });
