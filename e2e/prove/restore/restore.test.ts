import { shortForm } from '../short-form.ts';

shortForm('restore', 3, 'platforms restored from backups get everything again and confirm nothing that they forgot');
