// A service whose functions are bundled and minified: see bundle.js.
import { remember } from './registry';

interface Upload {
  id: number;
  parts: string[];
}

export class UploadService {
  private readonly prefix: string = 'upload';

  public start(id: number): void {
    const upload: Upload = { id, parts: Array.from({ length: 200 }, (_, i) => `${this.prefix} ${id} part ${i}`) };
    const checks: Array<() => number> = [(): number => upload.parts.length, (): number => upload.id];
    if (checks.every((check) => check() >= 0)) remember(`${id}`, () => id);
  }
}
