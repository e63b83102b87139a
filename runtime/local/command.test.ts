import { deepEqual, rejects } from 'node:assert/strict';
import { CommandError, run } from './command.ts';

describe('run', () => {
  it('calls onLine once for every line, however they arrive', async () => {
    const lines: string[] = [];
    const program = `process.stderr.write('one\\ntw'); setTimeout(() => process.stderr.write('o\\nthree\\nfour\\n'), 30);`;
    await run(process.execPath, ['-e', program], { onLine: (line) => lines.push(line) });
    deepEqual(lines, ['one', 'two', 'three', 'four']);
  });

  it('fails with the last lines of what the program said', async () => {
    const program = `console.error('a\\nb'); process.exit(3)`;
    await rejects(run(process.execPath, ['-e', program]), (error: unknown) => {
      return error instanceof CommandError && error.code === 3 && /exit code 3\n {2}a\n {2}b$/.test(error.message);
    });
  });
});
