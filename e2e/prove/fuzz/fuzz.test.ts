import { shortForm } from '../short-form.ts';

shortForm(
  'fuzz',
  1_500,
  'nothing that is changed crashes a service, is taken for genuine or is answered without a documented code',
);
