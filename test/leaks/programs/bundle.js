var i=new Map;function o(e,r){i.set(e,r)}var n=class{prefix="upload";start(r){let t={id:r,parts:Array.from({length:200},(a,s)=>`${this.prefix} ${r} part ${s}`)};[()=>t.parts.length,()=>t.id].every(a=>a()>=0)&&o(`${r}`,()=>r)}};var p=new n;require("../harness").run(e=>p.start(e));
//# sourceMappingURL=bundle.js.map
