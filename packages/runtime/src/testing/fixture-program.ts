import { baseSettings, createLogger, ExpectedError, printResult, readSettings, serveUntilStopped } from '../index.ts';
import { createProgram } from '../program.ts';
import { startServer } from '../server.ts';
import { testTls } from './certificate.ts';

/** A small program with one command for each way a command can end; tests run it as a process of its own. */
export const program = createProgram('fixture', 'A program for tests', (error) =>
  error instanceof RangeError ? 'The disk is full.' : null,
);

program
  .command('echo')
  .argument('<text>')
  .option('--times <n>', 'how often', '1')
  .action((text: string, { times }: { times: string }) => {
    for (let time = 0; time < Number(times); time += 1) printResult(text);
  });

program
  .command('fail')
  .argument('[cinema]', 'what is not known', '12345678')
  .action((cinema: string) => {
    throw new ExpectedError(`The cinema ${cinema} is not known here.`);
  });

program.command('fail-below').action(() => {
  throw Object.assign(new Error('The database key does not open this database.'), { expected: true });
});

program.command('fail-explained').action(() => {
  throw new RangeError('ENOSPC');
});

program.command('crash').action(() => {
  throw new TypeError('x is not a function');
});

const group = program.command('account').description('Accounts');
group.command('list').action(() => printResult('none'));

program
  .command('serve')
  .option('--hang', 'never finish closing')
  .action(async ({ hang }: { hang?: true }) => {
    const settings = readSettings(baseSettings, process.env);
    const logger = createLogger('fixture', settings.LOG_LEVEL);
    const server = await startServer({
      name: 'fixture',
      version: '1.0.0',
      settings,
      logger,
      tls: testTls,
      register(app) {
        app.get('/log', async (request) => {
          request.log.info({ text: 'x'.repeat(20_000) }, 'asked');
          return 'logged';
        });
        app.get('/print', async () => {
          printResult('asked');
          return 'printed';
        });
        if (hang) app.addHook('preClose', () => new Promise(() => {}));
      },
    });
    const stopped = serveUntilStopped(server, logger);
    printResult(`console ${server.consoleUrl}`);
    printResult(`ready ${server.url}`);
    await stopped;
    printResult('closed');
  });
