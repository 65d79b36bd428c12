// The Connections page: the address follows the filter, and an open card stays open when the list is renewed.
(() => {
  'use strict';
  const open = new Set();
  document.addEventListener('input', ({ target }) => {
    const form = target.closest('form[data-filter]');
    if (!form) return;
    const given = [...new FormData(form)].filter(([, value]) => value);
    const query = new URLSearchParams(given).toString();
    history.replaceState(history.state, '', query ? `${form.getAttribute('action')}?${query}` : form.getAttribute('action'));
  });
  document.addEventListener('toggle', ({ target }) => {
    const card = target.parentElement?.closest('article.account');
    if (!card?.id || !target.isConnected) return;
    if (target.open) open.add(card.id); else open.delete(card.id);
  }, true);
  // A closed dialog of the panel is gone: htmx would give the next one of this name its attributes.
  document.addEventListener('close', ({ target }) => { if (target.closest('#panel')) target.remove(); }, true);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) {
      if (node.nodeType !== 1) continue;
      for (const id of open) {
        const card = node.id === id ? node : node.querySelector(`#${CSS.escape(id)}`);
        const inner = card?.querySelector('details');
        if (inner) inner.open = true;
      }
    }
  }).observe(document.body, { childList: true, subtree: true });
})();
