import { describe, expect, it } from 'vitest';
import { planScanners } from './scanner-plan.ts';

const plan = (text: string) =>
  planScanners(text, { gates: ['east', 'west'], ports: { PORT: 9000, CONSOLE_PORT: 9443 } });

it('scanners are written down with where they are and the gate they stand at', () => {
  const text =
    'counter=stdin; left=serial:/dev/serial/by-id/usb-Acme_1@2-if00@115200,gate=east;right=serial:/dev/ttyS0;' +
    'lobby=hid:0c2e:0B61 , gate=west;网络枪=tcp:9100,from=192.168.7.20, gate=west ,from=10.8.0.0/16';
  expect(plan(text)).toEqual([
    { name: 'counter', place: { driver: 'stdin' }, gate: null },
    {
      name: 'left',
      place: { driver: 'serial', path: '/dev/serial/by-id/usb-Acme_1@2-if00', baud: 115_200 },
      gate: 'east',
    },
    { name: 'right', place: { driver: 'serial', path: '/dev/ttyS0', baud: 9600 }, gate: null },
    { name: 'lobby', place: { driver: 'hid', vendorId: 0x0c2e, productId: 0x0b61 }, gate: 'west' },
    { name: '网络枪', place: { driver: 'tcp', port: 9100, from: ['192.168.7.20', '10.8.0.0/16'] }, gate: 'west' },
  ]);
});

describe('what is wrong with them is said in words', () => {
  it.each([
    [' ; ', 'no scanner is named'],
    ['left', 'left is not name=driver'],
    ['left hand=stdin', '"left hand" cannot be the name of a scanner'],
    ['=stdin', '"" cannot be the name of a scanner'],
    ['left=', 'left: nothing is none of stdin, serial, hid and tcp'],
    ['left=usb:1', 'left: usb is none of stdin, serial, hid and tcp'],
    ['left=constructor', 'left: constructor is none of'],
    ['left=stdin:0', 'left: stdin:0 is not written as stdin'],
    ['left=serial', 'left: serial is not written as serial:/dev/serial/by-id/'],
    ['left=serial:/dev/ttyACM0@1', 'left: serial:/dev/ttyACM0@1 is not written as serial:'],
    ['left=hid:c2e:b61', 'left: hid:c2e:b61 is not written as hid:0c2e:0b61'],
    ['left=tcp:70000', 'left: tcp:70000 is not written as tcp:9100'],
    ['left=tcp:9100,suffix=tab', 'left: only gate=name and from=address may follow the driver, not suffix=tab'],
    ['left=tcp:9100,gate=', 'left: only gate=name and from=address may follow the driver, not gate='],
    ['left=tcp:9100', 'left: ,from=address must follow tcp'],
    ['left=tcp:9100,from=door', 'door is not an IP address or subnet'],
    ['left=stdin,from=10.0.0.1', 'left: from=address is for tcp only'],
    ['left=tcp:9100,gate=east,gate=west', 'not gate=west'],
    ['left=tcp:9100,from=::1,gate=north', 'left is at the gate north, which is none of east, west'],
    ['left=tcp:9100,from=::1;left=stdin', 'the scanner left is named twice'],
    ['left=tcp:9100,from=::1;right=tcp:9100,from=10.0.0.1', 'left and right are both at TCP port 9100'],
    ['left=serial:/dev/ttyS0;right=serial:/dev/ttyS0@115200', 'left and right are both at /dev/ttyS0'],
    ['left=tcp:9000,from=::1', 'left is at TCP port 9000, which is PORT of the agent itself'],
    ['left=tcp:9443,from=::1', 'left is at TCP port 9443, which is CONSOLE_PORT of the agent itself'],
    ['left=stdin;right=stdin', 'left and right are both at standard input'],
    ['left=hid:0c2e:0b61;right=hid:0C2E:0B61', 'left and right are both at the USB device 0c2e:0b61'],
  ])('%s', (text, words) => {
    expect(() => plan(text)).toThrow(words);
  });
});
