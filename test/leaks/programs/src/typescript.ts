// The source of typescript.js: a class with a list of functions.
interface Row { n: number; cells: string[] }

abstract class View {
  protected static readonly open: Array<() => void> = [];
  abstract show(n: number): Promise<void>;
}

class TableView extends View {
  public override async show(n: number): Promise<void> {
    const rows: Row[] = await Promise.all([...Array(40).keys()].map(async (i): Promise<Row> => ({ n: i, cells: [`${n}:${i}`.repeat(20)] })));
    const total = (): number => rows.length;
    if (total() === 0) return;
    View.open.push((): void => { this.close(n); });
  }

  private close(n: number): number { return n; }
}

declare const require: (name: string) => { run(step: (n: number) => unknown): void };
const view: TableView = new TableView();
require('../harness').run((n: number) => view.show(n));
