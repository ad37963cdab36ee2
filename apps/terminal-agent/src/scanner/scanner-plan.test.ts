import { describe, expect, it } from 'vitest';
import { planScanners } from './scanner-plan.ts';

const plan = (text: string) =>
  planScanners(text, {
    gates: ['east', 'west'],
    host: '127.0.0.1',
    ports: { PORT: 9000, CONSOLE_PORT: 9443 },
  });

it('scanners are written down with where they are and the gate they stand at', () => {
  const text =
    'counter=stdin; left=serial:/dev/serial/by-id/usb-Acme_1@2-if00@115200,gate=east;right=serial:/dev/ttyS0;' +
    'lobby=hid:0c2e:0B61 , gate=west;网络枪=tcp:9100,from=192.168.7.20, gate=west ,from=10.8.0.0/16';
  expect(plan(text).map(({ name, gate, driver }) => [name, driver.driver, driver.place, gate])).toEqual([
    ['counter', 'stdin', 'standard input', null],
    ['left', 'serial', '/dev/serial/by-id/usb-Acme_1@2-if00@115200', 'east'],
    ['right', 'serial', '/dev/ttyS0@9600', null],
    ['lobby', 'hid', 'the USB device 0c2e:0b61', 'west'],
    ['网络枪', 'tcp', '127.0.0.1 port 9100', 'west'],
  ]);
});

describe('what is wrong with them is said in words', () => {
  it.each([
    [' ; ', 'no scanner is named'],
    ['left', 'left is not name=driver'],
    ['left hand=stdin', '"left hand" cannot be a name'],
    ['left=', 'left: nothing is no driver: there are stdin, serial, hid, tcp'],
    ['left=constructor', 'left: constructor is no driver'],
    ['left=stdin:0', 'left: it is not written as stdin'],
    ['left=serial', 'left: it is not written as serial:/dev/serial/by-id/'],
    ['left=serial:/dev/ttyACM0@1', 'left: it is not written as serial:'],
    ['left=hid:c2e:b61', 'left: it is not written as hid:0c2e:0b61'],
    ['left=tcp:70000,from=::1', 'left: it is not written as tcp:9100'],
    ['left=tcp:9100', 'left: it is not written as tcp:9100,from='],
    ['left=tcp:9100,suffix=tab', 'left: suffix is no option here: there are gate, from'],
    ['left=tcp:9100,from=door', 'door is not an IP address or subnet'],
    ['left=tcp:9100,from=10.8.0.0/33', '10.8.0.0/33 is not an IP address or subnet'],
    ['left=stdin,from=10.0.0.1', 'left: from is no option here: there are gate'],
    ['left=stdin,gate=east,gate=west', 'left: the option gate is given twice'],
    ['left=tcp:9100,from=::1,gate=north', 'left: gate north is none of east, west'],
    ['left=tcp:9100,from=::1;left=stdin', 'left is named twice'],
    ['left=serial:/dev/ttyS0;right=serial:/dev/ttyS0@115200', 'right: left is at /dev/ttyS0 too'],
    ['left=tcp:9443,from=::1', 'left: CONSOLE_PORT is at TCP port 9443 too'],
    ['left=hid:0c2e:0b61;right=hid:0C2E:0B61', 'right: left is at the USB device 0c2e:0b61 too'],
  ])('%s', (text, words) => {
    expect(() => plan(text)).toThrow(words);
  });
});
