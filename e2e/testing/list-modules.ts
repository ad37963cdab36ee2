import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// Loaded before a program (`--import`): writes the address of every module that it loads to the file MODULES_TO as it ends.
const loaded = new Set<string>();
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    loaded.add(found.url);
    return found;
  },
});
process.on('exit', () => writeFileSync(process.env.MODULES_TO ?? '', [...loaded].join('\n')));
