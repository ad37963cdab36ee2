// Runs in the browsers of old phones: ES2017, no modules. All times are the platform's: the phone's clock may be wrong.
(() => {
  const GOOD_FOR_MS = 300000;
  const RENEW_MS = 30000;
  const LOST_MS = 25000;
  const STATES = {
    sold: ['已售出', 'Sold'],
    'picked-up': ['已取纸质票', 'Picked up on paper'],
    refunded: ['已退票', 'Refunded'],
    entered: ['已入场', 'Entered'],
    gone: ['链接已失效', 'This link has ended'],
  };
  const NOTES = {
    'picked-up': ['已取纸质票，请持纸质票入场', 'Use the paper ticket at the door'],
    refunded: ['此票已退，不能入场', 'This ticket was refunded and is no longer valid'],
    entered: ['此票已检票入场', 'Somebody has entered with this ticket'],
    gone: ['请向售票方索取新的链接', 'Ask the seller of the ticket for a new link'],
    over: ['场次已结束', 'This session is over'],
    none: ['二维码暂时无法生成，请稍候', 'The code cannot be made at the moment'],
    old: ['二维码已过期，请检查网络', 'The code has expired: check your connection'],
  };
  const find = (id) => document.getElementById(id);
  const path = location.pathname.replace(/\/+$/, '');
  const root = find('e-ticket');
  let shown = JSON.parse(root.getAttribute('data-shown'));
  let heard = moment();
  let drawn = heard;
  let isGone = false;
  let stream = null;
  let asking = false;
  let asked = 0;

  function moment() {
    return { steady: performance.now(), clock: Date.now() };
  }
  // A phone that slept may have stopped one of its clocks, and a clock that is set jumps: of both the longer.
  function since(then) {
    return Math.max(performance.now() - then.steady, Date.now() - then.clock, 0);
  }
  function now() {
    return shown.now + since(heard);
  }
  function say(id, words) {
    const element = find(id);
    element.hidden = words === null;
    if (words === null) return;
    element.children[0].textContent = words[0];
    element.children[1].textContent = words[1];
  }
  function two(number) {
    return (number < 10 ? '0' : '') + number;
  }
  function clockText(ms) {
    const time = new Date(ms + 28800000);
    return `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
  }
  function seconds(ms) {
    return Math.max(0, Math.round(ms / 1000));
  }
  function age(ms) {
    const passed = seconds(ms);
    return passed < 120
      ? [`${passed} 秒前`, `${passed} s ago`]
      : [`${Math.round(passed / 60)} 分钟前`, `${Math.round(passed / 60)} min ago`];
  }

  function draw() {
    const state = isGone ? 'gone' : shown.state;
    root.className = state;
    say('state', STATES[state]);
    for (const name of Object.keys(shown.fields)) {
      const value = shown.fields[name];
      if (value !== '') find(name).textContent = value;
    }
    find('code').innerHTML = (!isGone && shown.code) || '';
    find('verified').textContent = shown.verifiedAt;
    drawn = moment();
    tick();
  }

  function noteOf(isOld) {
    if (isGone) return NOTES.gone;
    if (shown.state !== 'sold') return NOTES[shown.state];
    if (shown.over) return NOTES.over;
    if (shown.code === null) return NOTES.none;
    return isOld ? NOTES.old : null;
  }

  function tick() {
    const passed = since(drawn);
    const isOld = passed >= GOOD_FOR_MS;
    const hasCode = !isGone && shown.code !== null && !isOld;
    find('code-part').hidden = !hasCode;
    say('note', noteOf(isOld));
    if (hasCode) {
      const left = seconds(RENEW_MS - passed);
      const good = seconds(GOOD_FOR_MS - passed);
      say(
        'countdown',
        left > 0 ? [`${left} 秒后更新`, `renewed in ${left} s`] : [`${good} 秒后失效`, `expires in ${good} s`],
      );
    }
    const clock = clockText(now());
    find('clock').textContent = clock;
    find('watermark').setAttribute('data-text', `${shown.fields.ticket} ${clock} `.repeat(160));
    const known = shown.knownAt === null ? null : age(now() - shown.knownAt);
    say(
      'known',
      known === null
        ? ['尚未与国家检票平台核对', 'Not verified with the national platform yet']
        : [`退票信息 ${known[0]}已核对`, `Refund state verified ${known[1]}`],
    );
    const isLost = !isGone && since(heard) > LOST_MS;
    say(
      'contact',
      isLost
        ? [
            `与平台失去联系，以上是 ${age(since(heard))[0]}的状态`,
            `No contact: this is how it was ${age(since(heard))[1]}`,
          ]
        : null,
    );
    if (isLost && !document.hidden && performance.now() - asked > 10000) ask();
  }

  function take(text) {
    const before = shown;
    shown = Object.assign({}, shown, JSON.parse(text));
    heard = moment();
    if (shown.code !== before.code || shown.state !== before.state || shown.fields !== before.fields) draw();
    else tick();
  }

  function end() {
    isGone = true;
    if (stream !== null) stream.close();
    draw();
  }

  function ask() {
    if (asking || isGone) return;
    asking = true;
    asked = performance.now();
    const request = new XMLHttpRequest();
    request.open('GET', `${path}/now`);
    request.timeout = 15000;
    request.onload = () => {
      if (request.status === 200) take(request.responseText);
      else if (request.status === 404) end();
    };
    request.onloadend = () => {
      asking = false;
    };
    request.send();
  }

  function listen() {
    if (isGone || stream !== null || typeof EventSource === 'undefined') return;
    stream = new EventSource(`${path}/events`);
    for (const name of ['told', 'beat']) {
      stream.addEventListener(name, (event) => {
        take(event.data);
      });
    }
    stream.addEventListener('gone', end);
    stream.onerror = () => {
      // A browser comes again by itself, unless it was refused.
      if (stream !== null && stream.readyState === 2) rest();
    };
  }
  function rest() {
    if (stream !== null) stream.close();
    stream = null;
  }

  function leave() {
    document.body.classList.add('away');
  }
  function comeBack() {
    document.body.classList.remove('away');
  }
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      leave();
      rest();
    } else {
      comeBack();
      ask();
      listen();
    }
  });
  addEventListener('blur', leave);
  addEventListener('focus', comeBack);
  addEventListener('pagehide', rest);
  addEventListener('pageshow', listen);
  for (const name of ['contextmenu', 'dragstart', 'copy']) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
    });
  }

  draw();
  listen();
  setInterval(tick, 1000);
  // Where nothing is told, as in a browser without event streams or where too many listen.
  setInterval(() => {
    if (document.hidden) return;
    listen();
    if (since(drawn) >= RENEW_MS - 1000 || since(heard) >= RENEW_MS - 1000) ask();
  }, RENEW_MS);
})();
