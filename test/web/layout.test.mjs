// Nothing that the server tells moves the picture or a button: who is about to press one presses that one.
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { boxOf, drawn, eventually, openPage, screenshot, sizes, startBrowser } from './support/browser.mjs';
import { startServer } from './support/server.mjs';
import { withFields } from './support/words.mjs';

const server = await startServer();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

const recorder = { state: 'recording', frames: 1234567, bytes: 123.4e9, seconds: 45678, gaps: 0, restarts: 0, dropped_frames: 0 };
const recording = { recording: 'running', recording_started_at: new Date().toISOString(), current_file: '20261124_101000_2.mp4', recorder };
const losses = { gaps: 12, restarts: 12, dropped_frames: 1234 };
const told = {
  starting: { recording: 'running', recorder: { state: 'starting' } },
  recording: { ...recording, disk: { seconds_left: 200000 } },
  'recording for a moment': { ...recording, recorder: { ...recorder, frames: 1, bytes: 1000, seconds: 0 } },
  losses: { ...recording, recorder: { ...recorder, ...losses }, camera: { missed_frames: 1234 } },
  'no camera': { ...recording, camera: { online: false, fps: 0 }, recorder: { ...recorder, ...losses, state: 'waiting_for_camera' } },
  stopping: { ...recording, recorder: { ...recorder, state: 'stopping' } },
  failed: { recording: 'running', recorder: { ...recorder, state: 'failed', detail: 'no space left on device' }, disk: { free: 1e5, seconds_left: 0, full: true } },
  idle: { recording: 'idle', recorder: { ...recorder, state: 'idle' } },
  large: { ...recording, disk: { free: 987e9, total: 1e12, seconds_left: 26 * 86400 }, camera: { width: 3840, height: 2160, fps: 119.9 } },
};

// The server's first status, with other fields, as often as the test wants; nothing else of what it says about itself.
function sayings() {
  const line = {};
  line.before = (page) => page.routeWebSocket('**/ws', (socket) => {
    const onward = socket.connectToServer();
    onward.onMessage((message) => {
      const { status } = JSON.parse(message);
      if (status === 'update' || (status === 'snapshot' && line.first)) return;
      if (status === 'snapshot') line.first = JSON.parse(message);
      socket.send(message);
    });
    socket.onMessage((message) => onward.send(message));
    line.say = (fields) => {
      socket.send(JSON.stringify(withFields(line.first, fields)));
    };
  });
  return line;
}

// Words of the recording that are not seen in full.
const cutOff = (page) => page.evaluate(() => {
  const room = document.getElementById('recording').getBoundingClientRect();
  return ['recording-badge', 'elapsed', 'file', 'amounts'].filter((id) => {
    const words = document.getElementById(id);
    if (words.hidden) return false;
    const { left, right, top, bottom } = words.getBoundingClientRect();
    const inside = left >= room.left && right <= room.right + 0.5 && top >= room.top && bottom <= room.bottom + 0.5;
    return !inside || words.scrollWidth > Math.ceil(words.clientWidth || right - left);
  });
});

for (const language of ['en', 'es']) {
  for (const size of Object.keys(sizes)) {
    test(`what is told is seen in full, and moves neither the picture nor a button: ${language}, ${size}`, async (t) => {
      const line = sayings();
      const page = await openPage(t, browser, server.url, { language, size, before: line.before });
      const fixed = ['#stage', '#picture', '#record', '#snapshot', '#zoom-slider', '#open-menu'];
      const where = async () => Object.fromEntries(await Promise.all(fixed.map(async (one) => [one, await boxOf(page, one)])));
      await eventually(() => line.first, 'a status');
      line.say({});
      await drawn(page);
      const before_ = await where();
      for (const [name, fields] of Object.entries(told)) {
        line.say(fields);
        await drawn(page);
        const { '#picture': picture, ...after_ } = await where();
        const { '#picture': wasThere, ...were } = before_;
        assert.deepEqual(after_, were, name);
        assert.deepEqual(await cutOff(page), [], name);
        if (!fields.camera?.width) assert.deepEqual(picture, wasThere, name);
        await screenshot(page, `told-${name.replaceAll(' ', '-')}-${size}-${language}`);
      }
    });
  }
}
