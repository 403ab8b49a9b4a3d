'use strict';
// A mixin that makes a class of its own for each mount: it calls the parent's `paint`, and goes with the mount.
function Widget() { this.nodes = 0; }
Widget.prototype.paint = function paint() { return this.nodes; };

function withSkin(Parent, skin) {
  function Skinned() { Parent.call(this); }
  Object.setPrototypeOf(Skinned.prototype, Parent.prototype);
  Skinned.prototype.paint = function paintSkinned() {
    this.colour = skin.palette[0];
    return Parent.prototype.paint.call(this);
  };
  return Skinned;
}

require('../harness').run((n) => {
  const Skinned = withSkin(Widget, { name: `skin ${n}`, palette: Array.from({ length: 40 }, (_, i) => `#${n}${i}`) });
  new Skinned().paint();
});
