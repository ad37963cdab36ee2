export { TimeChart } from './time-chart.tsx';
