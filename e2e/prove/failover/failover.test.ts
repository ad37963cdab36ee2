// @module-tag postgres
import { shortForm } from '../short-form.ts';

shortForm('failover', 1, 'PostgreSQL servers that lack what was acknowledged get it again and confirm nobody twice');
