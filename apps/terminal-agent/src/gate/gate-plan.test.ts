import { describe, expect, it } from 'vitest';
import { OTHER_SCREEN, SCREEN } from '../testing/test-cinema.ts';
import { parseGates, planDrivers } from './gate-plan.ts';

describe('gates are written down', () => {
  it('each with the screens behind it', () => {
    expect([...parseGates(`gate-1=${SCREEN},${OTHER_SCREEN};东门-2=${OTHER_SCREEN}; gate-3`)]).toEqual([
      ['gate-1', [SCREEN, OTHER_SCREEN]],
      ['东门-2', [OTHER_SCREEN]],
      ['gate-3', 'any'],
    ]);
  });

  it.each([
    ['none', ' ; '],
    ['a name that cannot be one', 'east gate=1'],
    ['a screen that cannot be one', `gate-1=${SCREEN}0`],
    ['one gate twice', 'gate-1;gate-1'],
    ['two equal signs', 'gate-1=a=b'],
  ])('refuses %s', (_name, text) => {
    expect(() => parseGates(text)).toThrow();
  });
});

const GATES = ['east', 'west'];
const BOARD = { baudRate: 9600, openMs: 500, opensOff: false, flash: null, sensor: null };

describe('what opens each gate', () => {
  it('is nothing where nothing is said', () => {
    for (const text of ['', ' ; ', 'east=none']) {
      expect([...planDrivers(text, GATES)]).toEqual([
        ['east', { driver: 'none' }],
        ['west', { driver: 'none' }],
      ]);
    }
  });

  it.each([
    ['east=lcus:/dev/ttyUSB0#1', { ...BOARD, driver: 'lcus', path: '/dev/ttyUSB0', unit: 0, relay: 1 }],
    [
      ' east = lcus:/dev/serial/by-path/pci-0:1.0-port0#8 , open=1200,active=off , baud=19200;',
      {
        ...{ driver: 'lcus', path: '/dev/serial/by-path/pci-0:1.0-port0', unit: 0, relay: 8 },
        ...{ baudRate: 19_200, openMs: 1200, opensOff: true, flash: null, sensor: null },
      },
    ],
    ['east=modbus:/dev/ttyS1@17#0', { ...BOARD, driver: 'modbus', path: '/dev/ttyS1', unit: 17, relay: 0 }],
    ['east=modbus:COM3@1#3,flash=dam', { ...BOARD, driver: 'modbus', path: 'COM3', unit: 1, relay: 3, flash: 'dam' }],
    [
      'east=modbus:/dev/ttyS1@1#0,sensor=2',
      { ...BOARD, driver: 'modbus', path: '/dev/ttyS1', unit: 1, relay: 0, sensor: { input: 2, withinMs: 10_000 } },
    ],
    [
      'east=modbus:/dev/ttyS1@1#0,within=5,sensor=0',
      { ...BOARD, driver: 'modbus', path: '/dev/ttyS1', unit: 1, relay: 0, sensor: { input: 0, withinMs: 5000 } },
    ],
    [
      'east=webhook:https://door.example/open,now?gate=1#x,open=800',
      { driver: 'webhook', url: new URL('https://door.example/open,now?gate=1#x'), openMs: 800 },
    ],
    ['east=webhook:http://127.0.0.1:8080/', { driver: 'webhook', url: new URL('http://127.0.0.1:8080/'), openMs: 500 }],
  ])('%s', (text, plan) => {
    expect(planDrivers(text, GATES).get('east')).toEqual(plan);
  });

  it('may be several relays of one port', () => {
    const text = 'east=modbus:/dev/ttyS1@1#0;west=modbus:/dev/ttyS1@2#0';
    expect([...planDrivers(text, GATES).values()]).toMatchObject([{ unit: 1 }, { unit: 2 }]);
  });

  it.each([
    ['north=none', 'north: it is none of the gates east, west'],
    ['east', 'east is not name=driver:address'],
    ['east=usb:1', 'east: usb is no driver: there are none, lcus, modbus, webhook'],
    ['east=none:x', 'east: none takes no address'],
    ['east=lcus:/dev/ttyUSB0', 'east: a board is named as lcus:<path>#<channel>'],
    ['east=lcus:/dev/ttyUSB0#9', 'east: the channel must be a whole number from 1 to 8'],
    ['east=lcus:/dev/ttyUSB0#1,flash=dam', 'east: flash is no option here: there are open, active, baud'],
    ['east=lcus:/dev/ttyUSB0#1,open=49', 'east: open must be a whole number from 50 to 10000'],
    ['east=lcus:/dev/ttyUSB0#1,active=low', 'east: active must be one of on, off'],
    [
      'east=lcus:/dev/ttyUSB0#1,baud=9601',
      'east: baud must be one of 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200',
    ],
    ['east=modbus:/dev/ttyS1@1#0,sensor=0,within=0', 'east: within must be a whole number from 1 to 120'],
    ['east=modbus:/dev/ttyS1@1#0,within=5', 'east: within needs sensor'],
    ['east=modbus:/dev/ttyS1@1#0,sensor=0;west=modbus:/dev/ttyS1@1#1,sensor=0', 'east and west have the same sensor'],
    ['east=modbus:/dev/ttyS1#0', 'east: a coil is named as modbus:<path>@<unit>#<coil>'],
    ['east=modbus:/dev/ttyS1@0#0', 'east: the unit must be a whole number from 1 to 247'],
    ['east=modbus:/dev/ttyS1@1#64,flash=dam', 'east: the coil must be a whole number from 0 to 63'],
    ['east=webhook:door', 'east: what follows webhook: is no URL'],
    ['east=webhook:http://192.168.1.9/', 'east: the URL must begin with https://, http:// is only for this machine'],
    ['east=webhook:https://me:pw@door/', 'east: the URL must hold no username and no password'],
    ['east=lcus:/dev/ttyUSB0#1;west=lcus:/dev/ttyUSB0#1', 'east and west are on the same relay'],
    [
      'east=lcus:/dev/ttyUSB0#1;west=modbus:/dev/ttyUSB0@1#1',
      'east and west are on the port /dev/ttyUSB0 with different drivers',
    ],
    [
      'east=lcus:/dev/ttyUSB0#1;west=lcus:/dev/ttyUSB0#2,baud=115200',
      'east and west are on the port /dev/ttyUSB0 at different speeds',
    ],
  ])('is refused for %s', (text, reason) => {
    expect(() => planDrivers(text, GATES)).toThrow(new Error(reason));
  });
});
