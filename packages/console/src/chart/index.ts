export { type Series, TimeChart } from './time-chart.tsx';
