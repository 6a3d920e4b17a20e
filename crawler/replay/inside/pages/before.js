// An archived page has an origin of its own, where browsers refuse storage, cookies and workers with an error that
// its scripts don't expect. They get a storage that forgets, no cookies and no workers. Links that would open a tab,
// which the page may not, open in its place. WebRTC is taken away because no policy that Chromium knows keeps it from
// asking a server outside; a script that digs it out of a frame of its own can still do that.
'use strict';
(function () {
  function put(place, name, value) {
    Object.defineProperty(place, name, {value, configurable: true});
  }

  for (const name of ['localStorage', 'sessionStorage']) {
    const kept = new Map();
    put(window, name, {
      getItem: key => kept.has(String(key)) ? kept.get(String(key)) : null,
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: key => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: index => [...kept.keys()][index] ?? null,
      get length() { return kept.size; },
    });
  }
  Object.defineProperty(Document.prototype, 'cookie', {get: () => '', set: () => {}, configurable: true});
  put(Navigator.prototype, 'serviceWorker', undefined);
  for (const name of ['caches', 'RTCPeerConnection', 'webkitRTCPeerConnection']) put(window, name, undefined);

  window.addEventListener('click', event => {
    const link = event.target instanceof Element ? event.target.closest('a[target], area[target]') : null;
    if (link !== null) link.removeAttribute('target');
  }, true);
})();
