import { shortForm } from '../short-form.ts';

shortForm('cluster', 11, 'each part of deploy/cluster killed loses nothing, confirms nobody twice, and comes back');
