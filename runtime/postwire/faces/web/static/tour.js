// A tour for who comes for the first time: a step at a time, what it tells of is marked; ended, it stays away.
(() => {
  'use strict';
  const SEEN = 'postwire_tour';
  const tour = document.querySelector('[data-tour]');
  // Storage may be full or forbidden: then the tour comes again, and nothing breaks.
  const seen = () => { try { return localStorage.getItem(SEEN); } catch { return null; } };
  const remember = () => { try { localStorage.setItem(SEEN, 'yes'); } catch { /* as above */ } };
  if (!tour || seen()) return;
  const steps = [...tour.querySelectorAll('[data-spot]')];
  const next = tour.querySelector('[data-tour-next]');
  const spot = (step) => step && document.querySelector(step.dataset.spot);
  const show = (at) => {
    steps.forEach((step, number) => {
      step.hidden = number !== at;
      spot(step)?.classList.toggle('spotted', number === at);
    });
    if (at === steps.length - 1) next.querySelector('span').textContent = 'Done';
  };
  const end = () => {
    remember();
    show(-1);
    tour.remove();
    document.querySelector('main')?.focus();
  };
  let at = 0;
  next.addEventListener('click', () => { at += 1; if (at < steps.length) show(at); else end(); });
  tour.querySelector('[data-tour-end]').addEventListener('click', end);
  show(at);
  tour.hidden = false;
})();
