import { shortForm } from '../short-form.ts';

shortForm('neighbours', 120, 'neighbours and strangers lock nobody out, let nobody in twice and hide no record');
