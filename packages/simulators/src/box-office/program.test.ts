import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBoxOffice } from './index.ts';
import { runBoxOffice } from './testing/scene.ts';

// @module-tag slow

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'box-office-'));
});
afterAll(() => rm(dir, { recursive: true }));

const run = (state: string, ...args: string[]) => runBoxOffice(join(dir, state), args);

describe('the box office program', () => {
  it('makes a cinema, sells, refunds, rotates and prints by hand', async () => {
    expect(await run('a.json', 'make', '--code', '31050101', '--name', '星河影城')).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect((await stat(join(dir, 'a.json'))).mode & 0o777).toBe(0o600);

    const sold = await run('a.json', 'sell', '--count', '2', '--network');
    expect(sold.code).toBe(0);
    const tickets = sold.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(tickets).toHaveLength(2);
    expect(sold.stdout).toContain('"Price":45.00');
    const [{ FilmTicketCode, TicketInfoCode }] = tickets;
    expect(TicketInfoCode).toMatch(/^31050101.{172}$/);

    expect((await run('a.json', 'rotate', '--start', '2099-01-01T00:00:00')).code).toBe(0);
    expect((await run('a.json', 'refund', FilmTicketCode)).code).toBe(0);
    expect(await run('a.json', 'refund', FilmTicketCode)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Ticket \d{16} was refunded already, at .+\.\n$/),
    });

    const svg = join(dir, 'tickets.svg');
    const codes = tickets.map((ticket) => ticket.FilmTicketCode);
    const printed = await run('a.json', 'print', ...codes, '--size', '12', '--svg', svg);
    expect(printed).toEqual({ code: 0, stdout: '', stderr: '' });
    const toOutput = await run('a.json', 'print', ...codes, '--size', '12', '--svg', '-');
    expect(toOutput).toEqual({ code: 0, stdout: await readFile(svg, 'utf8'), stderr: '' });
    for (const code of codes) expect(toOutput.stdout).toContain(code);

    const boxOffice = await loadBoxOffice(join(dir, 'a.json'));
    expect(boxOffice.tickets).toHaveLength(2);
    expect(boxOffice.ukeys).toHaveLength(2);
    expect((await run('a.json', 'show')).stdout).not.toContain('PRIVATE KEY');
  });

  it('sells all that was asked for or nothing', async () => {
    await run('b.json', 'make');
    const { code, stdout, stderr } = await run('b.json', 'sell', '--count', '1000');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Session \d{16} is sold out\.\n$/);
    expect((await loadBoxOffice(join(dir, 'b.json'))).tickets).toHaveLength(0);
  });

  it('never overwrites a cinema, and says in one sentence what is missing or wrong', async () => {
    await run('c.json', 'make');
    const before = await readFile(join(dir, 'c.json'), 'utf8');
    expect(await run('c.json', 'make')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/exists already.*\.\n$/),
    });
    expect(await readFile(join(dir, 'c.json'), 'utf8')).toBe(before);
    expect(await run('none.json', 'show')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/does not exist.*\.\n$/),
    });
    await writeFile(join(dir, 'other.json'), '{"a":1}');
    expect(await run('other.json', 'show')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/holds no box office\.\n$/),
    });
    expect(await run('c.json', 'feed', join(dir, 'none.json'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot be read \(ENOENT\)\.\n$/),
    });
  });

  it('prints nothing where a ticket was not sold, and no symbol that is too small', async () => {
    await run('e.json', 'make', '--code', '31050101');
    const { FilmTicketCode } = JSON.parse((await run('e.json', 'sell')).stdout);
    const svg = join(dir, 'bad.svg');
    expect(await run('e.json', 'print', FilmTicketCode, '1', '--svg', svg)).toMatchObject({
      code: 1,
      stderr: 'No ticket 1 was sold here.\n',
    });
    const tooSmall = await run('e.json', 'print', FilmTicketCode, '--svg', svg, '--size', '11.9');
    expect(tooSmall).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('(scheme 5.1.2)') });
    await expect(stat(svg)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('exits with 2 on wrong usage and shows help with 0', async () => {
    await run('d.json', 'make');
    for (const args of [
      [],
      ['nonsense'],
      ['refund'],
      ['sell', '--count', '0'],
      ['rotate', '--bits', '512'],
      ['print'],
      ['print', '1'],
      ['print', '1', '--svg', '-', '--size', '12mm'],
    ]) {
      const { code, stdout, stderr } = await run('d.json', ...args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).not.toBe('');
    }
    expect(await run('d.json', 'sell', '--help')).toMatchObject({ code: 0, stderr: '' });
  });
});
