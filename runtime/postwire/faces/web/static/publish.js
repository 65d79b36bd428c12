// Forms of actions: rows of lists, fields that depend on others, time zones, what a run says while it goes on.
(() => {
  'use strict';
  const on = (type, act, early) => document.addEventListener(type, act, early);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  document.cookie = `postwire_zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Strict`;

  // Rows of a list: a new one is a copy of the blank one, under a number that no other row has.
  let made = 1000;
  const name = (row) => row.querySelector('[data-number]');
  const add = (list) => {
    const rows = list.querySelector(':scope > .rows');
    if (rows.children.length >= Number(list.dataset.most || Infinity)) return null;
    made += 1;
    const blank = list.querySelector(':scope > template').innerHTML.replaceAll(list.dataset.list, made);
    rows.insertAdjacentHTML('beforeend', blank);
    const row = rows.lastElementChild;
    htmx.process(row);
    arrange(list);
    return row;
  };
  const arrange = (list) => {
    const rows = [...list.querySelectorAll(':scope > .rows > [data-row]')];
    rows.forEach((row, index) => {
      const at = (kind) => row.querySelector(`:scope > .row-actions > [data-${kind}]`);
      at('up').disabled = index === 0;
      at('down').disabled = index === rows.length - 1;
      const shown = name(row);
      if (shown) shown.textContent = index + 1;
    });
    const button = list.querySelector(':scope > [data-add]');
    if (button) button.disabled = rows.length >= Number(list.dataset.most || Infinity);
  };
  const first = (part) => part.querySelector('input:not([type=hidden], [disabled]), textarea, select, button');
  on('click', (event) => {
    const at = (selector) => event.target.closest?.(selector);
    const button = at('[data-add], .list-row > .row-actions > button');
    if (button) {
      const list = button.closest('[data-list]');
      const row = button.closest('[data-row]');
      if (button.matches('[data-add]')) {
        const added = add(list);
        if (added) first(added)?.focus();
      } else if (button.matches('[data-remove]')) {
        const next = row.nextElementSibling || row.previousElementSibling;
        row.remove();
        arrange(list);
        (next ? first(next) : list.querySelector(':scope > [data-add]'))?.focus();
      } else {
        if (button.matches('[data-up]')) row.previousElementSibling?.before(row);
        else row.nextElementSibling?.after(row);
        arrange(list);
        (button.disabled ? first(row) : button).focus();
      }
      return;
    }
    const fills = at('[data-fill]');
    if (fills) {
      const field = document.getElementById(fills.dataset.fill);
      field.value = fills.dataset.value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.focus();
    }
  });
  on('spread', (event) => { // more files than one came to a row: each gets a row of its own
    const list = event.target.closest('[data-list]');
    if (!list || event.target.hasAttribute('data-several')) return;
    event.preventDefault();
    for (const file of event.detail.files) {
      const upload = add(list)?.querySelector('pw-upload');
      if (upload) upload.take([file]);
    }
  });

  // Parts that are there only while another control has a certain value
  const values = (form, control) => [...form.elements].filter((each) => each.name === control
    && (!['checkbox', 'radio'].includes(each.type) || each.checked)).map((each) => each.value);
  const depend = (form) => {
    for (const part of form.querySelectorAll('[data-shown]')) {
      const wanted = JSON.parse(part.dataset.values);
      const hidden = !values(form, part.dataset.shown).some((value) => wanted.includes(value));
      part.hidden = hidden;
      part.querySelectorAll('input, select, textarea').forEach((each) => { each.disabled = hidden; });
    }
  };
  on('change', (event) => { if (event.target.form) depend(event.target.form); });

  // What people look for by words, or only choose from, is no part of the input.
  on('formdata', (event) => {
    for (const key of [...event.formData.keys()]) if (key.endsWith('@find')) event.formData.delete(key);
  });
  on('keydown', (event) => {
    if (event.key === 'Enter' && event.target.matches?.('[data-unsent]')) event.preventDefault();
  });

  const ready = (part) => {
    const all = (selector) => [...(part.matches?.(selector) ? [part] : []), ...part.querySelectorAll(selector)];
    all('[data-zone]').forEach((each) => { if (!each.value || (each.value === 'UTC' && each.id.startsWith('f-zone'))) each.value = zone; });
    all('[data-list]').forEach(arrange);
    all('form').forEach(depend);
    if (part.closest?.('form') && part.querySelector('[data-shown]')) depend(part.closest('form'));
  };
  ready(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) ready(node);
  }).observe(document.body, { childList: true, subtree: true });

  // A run: its states are said aloud, its bytes are not; when it ends the page is drawn anew.
  const run = document.querySelector('[data-events]');
  if (run) {
    const said = document.getElementById('run-said');
    const events = new EventSource(run.dataset.events);
    events.onmessage = (event) => {
      run.innerHTML = event.data;
      const text = [...run.querySelectorAll('.run-state .run-line > .pill')].map((each) => each.textContent.trim()).join(', ');
      if (said.textContent !== text) said.textContent = text;
    };
    events.addEventListener('end', () => {
      events.close();
      location.reload();
    });
    addEventListener('pagehide', () => events.close());
  }
})();
