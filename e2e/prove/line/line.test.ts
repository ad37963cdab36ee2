import { FAULTS } from '../lines.ts';
import { shortForm } from '../short-form.ts';

shortForm('line', 2 * FAULTS.length, 'no fault of a line loses an admission, keeps a guest waiting or hides a double');
