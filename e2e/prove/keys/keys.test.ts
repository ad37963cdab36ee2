import { shortForm } from '../short-form.ts';

shortForm('keys', 3, 'the first ticket of a new Ukey is admitted under a flood of forged codes');
