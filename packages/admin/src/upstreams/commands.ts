import { createInterface } from 'node:readline';
import {
  acceptedKey,
  algorithmNamed,
  bundleCinemaCodes,
  checkUpstream,
  cinemaCodesOf,
  createUpstreamStore,
  fingerprintOfPrivate,
  type NewUpstreamSettings,
  parseEnrolment,
  readBundle,
  readNamedFile,
  readPrivateKeyFile,
  type UpstreamTables,
  writeNewFile,
} from '@ticket-check/exchange';
import { type CommandStore, parseCinemaCodes, YES } from '@ticket-check/operators';
import { elementsJson, PRICE_FORMS, type PriceForm, SCHEME_ALGORITHM } from '@ticket-check/protocol';
import { ExpectedError, printResult } from '@ticket-check/runtime';
import { type Command, Option } from 'commander';
import { confirmReplacing, enrolUpstream, newUpstreamKey, type OnUpstreamSet, setUpstream } from './enrol-upstream.ts';

type Names = 'url' | 'username' | 'key' | 'passwordFile' | 'ca' | 'cinemas' | 'algorithm' | 'payloadForm';
type SetOptions = Partial<Record<Names, string>> & { readonly yes?: true; readonly priceForm?: PriceForm };

/**
 * Adds `upstream set`, `enrol`, `show`, `check`, `new-key` and `use-key`. These are not declared: a private key or a one-time code must
 * not pass through a browser, and a connection is set up at the machine. Reading E8.
 */
export function upstreamCommands(
  program: Command,
  { store, onSet }: { store: CommandStore<UpstreamTables>; onSet?: OnUpstreamSet },
): void {
  const upstream = program.command('upstream').description('the platform above this one');
  upstream
    .command('set [bundle]')
    .description('set the platform above, from a bundle (- for stdin) or options')
    .option('--url <url>', 'where its signed Apis are posted to')
    .option('--username <name>', 'the username it assigned')
    .option(
      '--key <file>',
      'the private key it assigned: PEM, DER, Base64 or .pfx; without it, the key pair that was made here',
    )
    .option('--password-file <file>', 'the password of a .pfx file; without it, it is asked for')
    .option('--ca <file>', 'the only CA to trust, PEM; without it, the CAs that this machine trusts')
    .option('--cinemas <codes>', 'cinemas the account may act for, separated by commas')
    .option('--algorithm <name>', `the signature algorithm; ${SCHEME_ALGORITHM.name} by default`)
    .option('--payload-form <form>', `what is signed: ${SCHEME_ALGORITHM.forms.join(', ')}`)
    .addOption(new Option('--price-form <form>', 'how prices are written').choices(PRICE_FORMS))
    .option(...YES)
    .action(async (bundle: string | undefined, options: SetOptions, command: Command) => {
      const named = await (bundle === undefined ? fromOptions(options, command) : fromBundle(bundle, options, command));
      const { algorithm: name, privateKeyPem } = named;
      const algorithm = algorithmNamed(name, bundle === undefined ? '--algorithm' : 'The bundle');
      const { payloadForm: asked = algorithm.forms[0], priceForm = PRICE_FORMS[0], yes } = options;
      const payloadForm = algorithm.forms.find((form) => form === asked);
      if (payloadForm === undefined) command.error(`error: --payload-form is one of ${algorithm.forms.join(', ')}`);
      await confirmReplacing(store, named, yes);
      await setUpstream(store, { ...named, payloadForm, priceForm }, onSet);
      const advice = privateKeyPem === null ? null : algorithm.judgePrivateKey(algorithm.readPrivateKey(privateKeyPem));
      if (advice !== null) process.stderr.write(`${advice}\n`);
    });

  upstream
    .command('enrol <text>')
    .description('fetch an account by its enrolment text (- to scan or type it)')
    .option(...YES)
    .action(async (given: string, { yes }: { yes?: true }) => {
      const enrolment = parseEnrolment(given === '-' ? await firstLine() : given);
      // Before the code is used, which is good once.
      await confirmReplacing(store, enrolment, yes);
      const { url, username, cinemaCodes } = await enrolUpstream(store, enrolment, onSet);
      printResult(JSON.stringify({ Url: url, Username: username, CinemaCodes: bundleCinemaCodes(cinemaCodes) }));
    });

  upstream
    .command('show')
    .description('print the platform above as one JSON object, without the key')
    .action(() =>
      store.read(async (opened) => {
        const upstreams = createUpstreamStore(opened);
        const settings = await upstreams.current();
        if (settings === null) return printResult('null');
        const { extensions, generation } = await upstreams.announced();
        const pending = await upstreams.pendingKey();
        const shown = {
          ...elementsJson(settings, 'Url', 'Username', 'Algorithm', 'PayloadForm', 'PriceForm'),
          CaCertificate: settings.caPem,
          CinemaCodes: bundleCinemaCodes(settings.cinemaCodes),
          Extensions: [...extensions],
          Generation: generation,
          Key: fingerprintOfPrivate(settings.privateKeyPem),
          PendingKey: pending && fingerprintOfPrivate(pending),
        };
        printResult(JSON.stringify(shown));
      }),
    );

  upstream
    .command('check')
    .description('ask the platform above for keys and print what works')
    .action(async () => {
      const settings = await store.read((opened) => createUpstreamStore(opened).current());
      if (settings === null) throw new ExpectedError('No platform above is set: upstream set.');
      printResult(JSON.stringify(await checkUpstream(settings, Date.now)));
    });

  // A key of one's own, exchanged without a pause.
  upstream
    .command('new-key')
    .description('make a key pair and write its public half for the platform')
    .requiredOption('--out <file>', 'a new file for the public key, PEM; - for standard output')
    .option(
      '--algorithm <name>',
      `its signature algorithm; that of the platform above or ${SCHEME_ALGORITHM.name} by default`,
    )
    .action(({ out, algorithm }: { out: string; algorithm?: string }) =>
      writeNewFile(out, 0o644, () => newUpstreamKey(store, algorithm, { algorithm })),
    );

  upstream
    .command('use-key')
    .description('sign with the pending key, if the platform above accepts it')
    .action(async () => {
      const pending = await store.read((opened) => acceptedKey(createUpstreamStore(opened)));
      await store.change(
        { name: 'upstream use-key', what: {}, needs: 'service.manage' },
        async (opened) => {
          const upstreams = createUpstreamStore(opened);
          const before = await upstreams.current();
          await upstreams.useKey(pending);
          return before;
        },
        (before) => ({
          before: before && { fingerprint: fingerprintOfPrivate(before.privateKeyPem) },
          after: { fingerprint: fingerprintOfPrivate(pending) },
        }),
      );
    });
}

/** What a scanner types, up to its Enter. */
async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}

/** What a bundle or the options say; the forms are looked at once the algorithm is known. */
type NamedUpstream = Omit<NewUpstreamSettings, 'payloadForm' | 'priceForm'>;

async function fromBundle(path: string, options: SetOptions, command: Command): Promise<NamedUpstream> {
  const { url, username, key, ca, cinemas, algorithm } = options;
  if ([url, username, key, ca, cinemas, algorithm].some((option) => option !== undefined)) {
    command.error('error: a bundle already says what --url, --username, --key, --ca, --cinemas and --algorithm say');
  }
  const bundle = await readBundle(path);
  return {
    url: bundle.Url,
    username: bundle.Username,
    privateKeyPem: bundle.PrivateKey,
    caPem: bundle.CaCertificate,
    cinemaCodes: cinemaCodesOf(bundle),
    algorithm: bundle.Algorithm,
  };
}

async function fromOptions(options: SetOptions, command: Command): Promise<NamedUpstream> {
  const { url, username, key, passwordFile, ca, cinemas, algorithm } = options;
  if (url === undefined || username === undefined) {
    return command.error('error: give a bundle, or --url and --username, and --key unless the key was made here');
  }
  return {
    url,
    username,
    privateKeyPem: key === undefined ? null : await readPrivateKeyFile(key, passwordFile),
    caPem: ca === undefined ? null : await readNamedFile(ca),
    cinemaCodes: cinemas === undefined ? 'all' : parseCinemaCodes(cinemas),
    algorithm,
  };
}
