import { UploadService } from './uploads';

declare const require: (name: string) => { run(step: (n: number) => void): void };

const service = new UploadService();
require('../harness').run((n) => service.start(n));
