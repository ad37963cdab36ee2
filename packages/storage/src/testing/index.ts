export { describeEachEngine, type TestEngine } from './describe-each-engine.ts';
