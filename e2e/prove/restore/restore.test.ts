import { shortForm } from '../short-form.ts';

shortForm(
  'restore',
  3,
  'platforms restored from older backups under load get everything again and confirm nothing that they forgot',
);
