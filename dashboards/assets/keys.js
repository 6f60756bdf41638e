"use strict";
// Keys of the pages on which people work through cases. What a key does stands in the page: `data-key` on a link, a button
// or a field, or around one. Never while somebody types, and never with Ctrl, Alt or Meta. They can be turned off.
(function () {
  var SWITCH = "aftercall keys";
  function areOff() {
    try { return window.localStorage.getItem(SWITCH) === "off"; } catch (error) { return false; }
  }
  function turn(off) {
    try { window.localStorage.setItem(SWITCH, off ? "off" : "on"); } catch (error) { /* Then they are on. */ }
    show();
  }
  function show() {
    var off = areOff();
    if (document.documentElement.classList.contains("keys-off") !== off) document.documentElement.classList.toggle("keys-off", off);
    document.querySelectorAll("button.keys-switch").forEach(function (button) {
      var text = off ? "Turn keys on" : "Turn keys off";
      if (button.textContent !== text) button.textContent = text;
    });
  }
  function types(target) {
    return Boolean(target && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)));
  }
  function move(step) {
    var links = Array.prototype.slice.call(document.querySelectorAll("table.work tbody th a"));
    if (!links.length) return false;
    var at = links.indexOf(document.activeElement);
    var next = links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.metaKey) return;
    var target = event.target;
    if (types(target)) {
      if (event.key === "Escape") target.blur();
      if (event.key === "Enter" && event.ctrlKey && target.form) {
        var button = target.form.querySelector("button[data-tried]") || target.form.querySelector("button[type=submit]:not([formnovalidate])");
        if (button) button.click();
      }
      return;
    }
    if (event.ctrlKey || areOff()) return;
    var key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!/^[a-z0-9]$/.test(key)) return;
    var found = document.querySelector('main [data-key="' + key + '"]');
    if (!found) {
      if ((key === "j" || key === "k") && move(key === "j" ? 1 : -1)) event.preventDefault();
      return;
    }
    var meant = found.matches("a, button, textarea, input") ? found : found.querySelector("a, button, textarea, input");
    if (!meant) return;
    event.preventDefault();
    if (event.repeat) return;
    if (types(meant)) meant.focus();
    else meant.click();
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest("button") : null;
    if (!button) return;
    if (button.classList.contains("keys-switch")) turn(!areOff());
    if (button.form) {
      button.form.querySelectorAll("[data-tried]").forEach(function (each) { delete each.dataset.tried; });
      button.dataset.tried = "yes";
    }
  }, true);
  // One press, one verdict: a form that is on its way is not sent again.
  document.addEventListener("submit", function (event) {
    if (event.target.dataset.sent) event.preventDefault();
    else event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });
  new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
})();
