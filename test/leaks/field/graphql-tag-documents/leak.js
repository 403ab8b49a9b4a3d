// https://github.com/apollographql/graphql-tag/issues/356: queries put together at run time fill the document cache
const { measure } = require('./harness');
const gql = require('graphql-tag');
async function query(i) {
  const document = gql(`query { product(id: "${i}") { id name prices(country: "de") { amount currency } } }`);
  await null;
  return document.definitions.length;
}
measure(query, { warmup: 200, n: 300 });
