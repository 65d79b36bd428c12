// <pw-upload>: files by choosing or dropping, refused before they are sent where type or size do not fit, shown
// while they are sent, in an order that people can change. The form gets a handle in a hidden field.
(() => {
  'use strict';
  const SIZES = [['GB', 1e9], ['MB', 1e6], ['KB', 1e3]];
  const size = (bytes) => {
    const [unit, factor] = SIZES.find(([, each]) => bytes >= each) || ['bytes', 1];
    return `${Math.round((bytes / factor) * 10) / 10} ${unit}`;
  };
  const fits = (type, types) => types.some((each) => each === type
    || (each.endsWith('/*') && type.startsWith(each.slice(0, -1))));

  class Upload extends HTMLElement {
    connectedCallback() {
      if (this.ready) return;
      this.ready = true;
      this.list = this.querySelector('.files');
      this.drop = this.querySelector('.drop');
      this.input = this.querySelector('[type=file]');
      this.refusal = this.querySelector('.upload-refusal');
      this.several = this.hasAttribute('data-several');
      this.types = this.dataset.types.split(' ').filter(Boolean);
      if (this.hasAttribute('data-converts')) this.input.accept = 'image/*';
      this.input.addEventListener('change', () => { this.take([...this.input.files]); this.input.value = ''; });
      for (const kind of ['dragenter', 'dragover']) {
        this.addEventListener(kind, (event) => {
          if (![...event.dataTransfer.types].includes('Files')) return;
          event.preventDefault();
          this.drop.classList.add('over');
        });
      }
      this.addEventListener('dragleave', (event) => { if (!this.contains(event.relatedTarget)) this.drop.classList.remove('over'); });
      this.addEventListener('drop', (event) => {
        event.preventDefault();
        this.drop.classList.remove('over');
        this.take([...event.dataTransfer.files]);
      });
      this.addEventListener('click', (event) => this.act(event.target.closest('.file .row-actions > button')));
      this.arrange();
    }

    take(files) {
      this.refuse('');
      const most = this.several ? Number(this.dataset.most) : 1;
      let left = most - this.list.children.length;
      if (!this.several && left < 1) { this.list.replaceChildren(); left = 1; }
      const rest = files.slice(left);
      for (const file of files.slice(0, left)) {
        const wrong = this.wrong(file);
        if (wrong) this.refuse(wrong);
        else this.begin(file);
      }
      if (rest.length) {
        const spread = new CustomEvent('spread', { bubbles: true, cancelable: true, detail: { files: rest } });
        if (this.dispatchEvent(spread)) this.refuse(most === 1 ? 'Only one file is taken here.' : `At most ${most} files are taken here.`);
      }
      this.arrange();
    }

    wrong(file) {
      const converts = this.hasAttribute('data-converts') && file.type.startsWith('image/');
      if (file.type && this.types.length && !converts && !fits(file.type, this.types)) {
        return `${file.name} is not taken: ${this.dataset.takes}.`;
      }
      const largest = Number(this.dataset.largest || Infinity);
      if (file.size > largest) return `${file.name} has ${size(file.size)}; at most ${size(largest)} are taken.`;
      return file.size ? '' : `${file.name} is empty.`;
    }

    refuse(text) {
      this.refusal.hidden = !text;
      this.refusal.textContent = text;
    }

    begin(file) {
      const row = this.querySelector(':scope > template').content.firstElementChild.cloneNode(true);
      row.querySelector('.file-name').textContent = file.name;
      row.querySelector('.file-facts').textContent = size(file.size);
      this.face(row, file);
      this.list.append(row);
      row.file = file;
      this.send(row);
    }

    face(row, file) {
      const kind = file.type.startsWith('image/') ? 'img' : file.type.startsWith('video/') ? 'video' : '';
      if (!kind) return;
      const shown = document.createElement(kind);
      const address = URL.createObjectURL(file);
      shown.src = address;
      if (kind === 'img') shown.alt = '';
      else Object.assign(shown, { muted: true, controls: true, playsInline: true, preload: 'metadata' });
      row.querySelector('.file-face').replaceChildren(shown);
      row.forget = () => URL.revokeObjectURL(address);
    }

    send(row) {
      const request = new XMLHttpRequest();
      const address = new URL(this.dataset.to, location.href);
      const bar = row.querySelector('.file-bar');
      const at = (selector) => row.querySelector(selector);
      address.searchParams.set('name', row.file.name);
      request.open('PUT', address);
      request.setRequestHeader('X-CSRF-Token', document.querySelector('meta[name=csrf]').content);
      request.setRequestHeader('Content-Type', row.file.type || 'application/octet-stream');
      request.responseType = 'json';
      at('[data-again]').hidden = true;
      this.fail(row, '');
      bar.hidden = false;
      row.classList.add('sending');
      request.upload.onprogress = (event) => {
        const percent = Math.floor((100 * event.loaded) / event.total);
        bar.querySelector('progress').value = percent;
        bar.querySelector('.figures').textContent = percent < 100 ? `${percent} %` : 'Checking…';
      };
      request.onload = () => {
        const told = request.response || {};
        if (request.status === 201) this.done(row, told);
        else this.fail(row, [told.detail || told.message || 'The server refused the file.', told.remedy].filter(Boolean).join(' '), true);
      };
      request.onerror = () => this.fail(row, 'The connection broke off.', true);
      request.onloadend = () => { bar.hidden = true; row.classList.remove('sending'); row.request = null; this.tell(); };
      row.request = request;
      request.send(row.file);
    }

    done(row, told) {
      const handle = row.querySelector('[data-handle]');
      handle.value = told.media;
      handle.dataset.kind = told.kind;
      row.querySelector('.file-facts').textContent = told.told;
      const notes = row.querySelector('.file-notes');
      notes.replaceChildren(...told.mistakes.map((text) => {
        const item = document.createElement('li');
        item.className = 'error';
        item.setAttribute('role', 'alert');
        item.textContent = text;
        return item;
      }));
      this.arrange();
    }

    fail(row, text, again) {
      const error = row.querySelector('.file-text > .error');
      error.hidden = !text;
      error.textContent = text;
      row.querySelector('[data-again]').hidden = !again;
    }

    act(button) {
      if (!button) return;
      const row = button.closest('.file');
      if (button.matches('[data-again]')) this.send(row);
      if (button.matches('[data-up]')) row.previousElementSibling?.before(row);
      if (button.matches('[data-down]')) row.nextElementSibling?.after(row);
      if (button.matches('[data-remove]')) {
        row.request?.abort();
        row.forget?.();
        row.remove();
      }
      this.arrange();
      this.tell();
      (row.isConnected ? (button.disabled ? row.querySelector('button:not([disabled], [hidden])') : button) : this.input)?.focus();
    }

    arrange() {
      const rows = [...this.list.children];
      rows.forEach((row, index) => {
        const handle = row.querySelector('[data-handle]');
        if (handle.value) handle.name = this.several ? `${this.dataset.name}/${index}` : this.dataset.name;
        const alt = row.querySelector('[data-alt]');
        if (alt) alt.name = `alt/${index}`;
        row.querySelector('[data-up]').disabled = index === 0;
        row.querySelector('[data-down]').disabled = index === rows.length - 1;
      });
      const most = this.several ? Number(this.dataset.most) : 1;
      this.drop.hidden = rows.length >= most;
    }

    tell() {
      this.dispatchEvent(new Event('change', { bubbles: true }));
    }
  }
  customElements.define('pw-upload', Upload);

  // A form does not go while a file is still on its way.
  document.addEventListener('submit', (event) => {
    const sending = event.target.querySelector('.file.sending');
    if (!sending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    sending.closest('pw-upload').refuse('Wait until the file has arrived, or remove it.');
    sending.closest('pw-upload').focus();
  }, true);
})();
