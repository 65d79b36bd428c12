// Small behaviours of every page. Nothing here is needed to read a page or to send a form.
(() => {
  'use strict';
  const root = document.documentElement;
  const on = (type, act, early) => document.addEventListener(type, act, early);
  const csrf = () => document.querySelector('meta[name=csrf]')?.content || '';

  on('htmx:config:request', (event) => {
    event.detail.ctx.request.headers['X-CSRF-Token'] = csrf();
  });

  // Dialogs: focus goes back to where it came from, also when the page changed meanwhile.
  const show = (dialog) => {
    if (!dialog || dialog.open) return;
    const before = document.activeElement;
    dialog.showModal();
    dialog.addEventListener('close', () => {
      if (dialog.dataset.back) history.replaceState(history.state, '', dialog.dataset.back);
      const target = before?.isConnected ? before : document.getElementById('main');
      target?.focus({ preventScroll: true });
    }, { once: true });
  };
  const ask = (text, title, yes) => {
    const dialog = document.getElementById('confirm');
    dialog.querySelector('h2').textContent = title || 'Are you sure?';
    dialog.querySelector('p').textContent = text;
    dialog.querySelector('[data-yes]').onclick = () => { dialog.close(); yes(); };
    show(dialog);
  };
  on('htmx:confirm', (event) => {
    const { ctx, issueRequest, dropRequest } = event.detail;
    event.preventDefault();
    let sure = false;
    ask(ctx.confirm, ctx.sourceElement.dataset.title, () => { sure = true; issueRequest(); });
    document.getElementById('confirm').addEventListener('close', () => sure || dropRequest(), { once: true });
  });
  const sure = new WeakSet();
  on('click', (event) => {
    const asks = event.target.closest?.('[data-confirm]');
    if (!asks || sure.delete(asks)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(asks.dataset.confirm, asks.dataset.title, () => { sure.add(asks); asks.click(); });
  }, true);
  on('close-dialog', () => document.querySelectorAll('dialog[open]').forEach((dialog) => dialog.close()));

  // Clicks
  on('click', (event) => {
    const at = (selector) => event.target.closest?.(selector);
    const opens = at('[data-open]');
    if (opens) show(document.getElementById(opens.dataset.open));
    if (at('[data-close]')) at('dialog')?.close();
    if (event.target.matches?.('dialog[open]') && outside(event)) event.target.close();
    at('[data-dismiss]')?.closest('.toast').remove();
    const copies = at('[data-copy]');
    if (copies) copy(copies);
    const link = at('a[data-busy]');
    if (link && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey) busy(link);
    const jump = at('.errors a');
    if (jump) {
      event.preventDefault();
      const place = document.getElementById(jump.hash.slice(1));
      (place?.matches('fieldset') ? place.querySelector('input:not([disabled])') || place : place)?.focus();
    }
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      if (!menu.contains(event.target) || at('.menu-items a, .menu-items button')) menu.open = false;
    }
  });
  const outside = ({ target, clientX: x, clientY: y }) => {
    const box = target.getBoundingClientRect();
    return x < box.left || x > box.right || y < box.top || y > box.bottom;
  };
  on('keydown', (event) => {
    const menu = event.key === 'Escape' && event.target.closest?.('details.menu[open]');
    if (!menu) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });

  async function copy(button) {
    const said = button.querySelector('span') || button;
    const before = said.dataset.was || said.textContent;
    said.dataset.was = before;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      said.textContent = 'Copied';
    } catch {
      said.textContent = 'Select and copy';
    }
    setTimeout(() => { said.textContent = before; }, 2000);
  }

  // Work that leaves the page: it spins until the person is back.
  const busy = (button) => {
    const said = button.querySelector('span');
    if (said && button.dataset.busy) {
      said.dataset.was ??= said.textContent;
      said.textContent = button.dataset.busy;
    }
    button.setAttribute('aria-busy', 'true');
  };
  const idle = () => {
    document.querySelectorAll('[aria-busy=true]').forEach((button) => {
      const said = button.querySelector('[data-was]');
      if (said) said.textContent = said.dataset.was;
      button.removeAttribute('aria-busy');
    });
  };
  on('submit', (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || !submitter) return;
    if (submitter.getAttribute('aria-busy') === 'true') event.preventDefault(); // sent already
    else if (!form.matches('[hx-post],[hx-get],[hx-put],[hx-delete],[hx-patch],[method=dialog]')) busy(submitter);
  });
  let last = 0;
  const returned = () => {
    if (document.visibilityState !== 'visible' || Date.now() - last < 1000) return;
    last = Date.now();
    idle();
    document.body.dispatchEvent(new CustomEvent('returned', { bubbles: true }));
  };
  on('visibilitychange', returned);
  addEventListener('focus', returned);
  addEventListener('pageshow', (event) => { if (event.persisted) returned(); });

  // Forms: a mistake is no longer shown once it is being mended.
  on('input', (event) => {
    const control = event.target;
    if (control.matches('[data-count]')) count(control);
    if (control.matches('.themes input')) theme(control.value);
    const set = control.matches('[aria-invalid=true]') && (control.closest('fieldset.choices') || control);
    if (!set) return;
    const controls = set === control ? [control] : set.querySelectorAll('[aria-invalid]');
    controls.forEach((each) => each.removeAttribute('aria-invalid'));
    const error = document.getElementById(`${set.id}-error`);
    if (!error) return;
    error.remove();
    const left = (set.getAttribute('aria-describedby') || '').split(' ').filter((id) => id !== `${set.id}-error`);
    if (left.join('')) set.setAttribute('aria-describedby', left.join(' '));
    else set.removeAttribute('aria-describedby');
  });

  const UNITS = { // of `x-length` that a browser counts; the server's count is the one that decides
    utf16: (text) => text.length,
    utf8: (text) => new TextEncoder().encode(text).length,
    codepoints: (text) => [...text].length,
  };
  const count = (control) => {
    const shown = document.getElementById(`${control.id}-count`);
    const unit = UNITS[control.dataset.count];
    if (!shown || !unit) return;
    const used = unit(control.value);
    shown.querySelector('[data-counter]').textContent = used.toLocaleString(root.lang);
    shown.classList.toggle('over', used > Number(control.dataset.max));
  };

  const theme = (value) => {
    if (value) root.dataset.theme = value;
    else delete root.dataset.theme;
    document.cookie = `postwire_theme=${value}; Path=/; Max-Age=${value ? 31536000 : 0}; SameSite=Strict`;
  };

  // Times, as the person's own clock and language have them
  const SPANS = [['year', 31536e3], ['month', 2592e3], ['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60]];
  const when = (time) => {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.valueOf())) return;
    const full = new Intl.DateTimeFormat(root.lang, { dateStyle: 'medium', timeStyle: 'short' });
    if (time.dataset.local === 'date') {
      time.textContent = new Intl.DateTimeFormat(root.lang, { dateStyle: 'medium' }).format(at);
    } else if (time.dataset.local === 'relative') {
      const seconds = (at - Date.now()) / 1000;
      const [unit, span] = SPANS.find(([, each]) => Math.abs(seconds) >= each) || ['second', 1];
      const words = new Intl.RelativeTimeFormat(root.lang, { numeric: 'auto' });
      time.textContent = unit === 'second' ? words.format(0, 'second') : words.format(Math.round(seconds / span), unit);
    } else {
      time.textContent = full.format(at);
    }
    time.title = full.format(at);
  };
  setInterval(() => document.querySelectorAll('time[data-local=relative]').forEach(when), 60000);

  // Notices
  const toast = (kind, text) => {
    const made = document.getElementById('toast').content.firstElementChild.cloneNode(true);
    made.classList.add(kind);
    made.querySelector('p').textContent = text;
    document.getElementById('toasts').append(made);
  };
  on('toast', (event) => toast(event.detail.kind || 'info', event.detail.text || event.detail.value || ''));
  on('htmx:error', () => toast('danger', 'The server did not answer. Check your connection and try again.'));
  const fade = (made) => {
    if (made.matches('.danger, .warning')) return; // these stay until they are dismissed
    setTimeout(() => { made.matches(':hover, :focus-within') ? fade(made) : made.remove(); }, 6000);
  };

  on('error', (event) => {
    if (event.target.matches?.('img[data-fallback]')) event.target.remove();
  }, true);

  // A finished connection closes its tab, or goes back by itself.
  const goBack = (part) => {
    setTimeout(() => {
      window.close();
      setTimeout(() => location.assign(part.dataset.back), 300);
    }, Number(part.dataset.seconds) * 1000);
  };

  const each = (part, selector, act) => {
    if (part.matches?.(selector)) act(part);
    part.querySelectorAll(selector).forEach(act);
  };
  const ready = (part) => {
    each(part, 'time[data-local]', when);
    each(part, '[data-count]', count);
    each(part, '.toast', fade);
    each(part, 'dialog[data-show]', show);
    each(part, '[data-focus]', (found) => found.focus());
    each(part, '.outcome[data-back]', goBack);
    each(part, 'img[data-fallback]', (image) => { if (image.complete && !image.naturalWidth && image.loading !== 'lazy') image.remove(); });
  };
  ready(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) ready(node);
  }).observe(document.body, { childList: true, subtree: true });
})();
