import { shortForm } from '../short-form.ts';

shortForm(
  'neighbours',
  120,
  'neighbours, partners and strangers who do what they can lock nobody out, let nobody in twice and hide no record',
);
