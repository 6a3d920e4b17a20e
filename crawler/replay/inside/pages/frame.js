// Keeps the bar true: the page in the frame tells which capture it is, also after a click on one of its links.
// It is archived, so what it says is shown as text and used for nothing else.
'use strict';
(function () {
  const frame = document.getElementById('replay');
  const address = document.getElementById('address');
  const moment = document.getElementById('moment');
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

  function show(timestamp) {
    const parts = digits.exec(timestamp);
    if (parts === null) return;
    const time = new Date(Date.UTC(parts[1], parts[2] - 1, parts[3], parts[4], parts[5], parts[6]));
    const form = {dateStyle: 'medium', timeStyle: 'long', timeZone: 'UTC'};
    moment.textContent = `${moment.dataset.captured} ${time.toLocaleString(document.documentElement.lang, form)}`;
  }

  show(moment.dataset.asked);
  window.addEventListener('message', event => {
    const told = event.data;
    if (event.source !== frame.contentWindow || typeof told !== 'object' || told === null) return;
    if (told.wb_type !== 'load' && told.wb_type !== 'replace-url') return;
    address.textContent = String(told.url);
    show(String(told.ts));
  });
})();
