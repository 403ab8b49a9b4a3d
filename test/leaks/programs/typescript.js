class View {
    static open = [];
}
class TableView extends View {
    async show(n) {
        const rows = await Promise.all([...Array(40).keys()].map(async (i) => ({ n: i, cells: [`${n}:${i}`.repeat(20)] })));
        const total = () => rows.length;
        if (total() === 0)
            return;
        View.open.push(() => { this.close(n); });
    }
    close(n) { return n; }
}
const view = new TableView();
require('../harness').run((n) => view.show(n));
//# sourceMappingURL=typescript.js.map