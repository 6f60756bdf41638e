"use strict";
// Menus of filters close when something else is meant; a click on a point opens the cases behind it; the window is named
// after its page. Every choice is a plain link, so that nothing is lost without this file.
(function () {
  function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== except) menu.open = false;
    });
  }
  document.addEventListener("click", function (event) {
    var menu = event.target.closest ? event.target.closest("details.menu") : null;
    closeMenus(menu);
    if (menu && event.target.closest("a")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("focusin", function (event) {
    closeMenus(event.target.closest ? event.target.closest("details.menu") : null);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // Only addresses of this application, as its pages write them.
  var ours = /^\/[a-z-]*\?/;
  function follow(event) {
    var data = event.points && event.points[0] && event.points[0].customdata;
    var link = Array.isArray(data) ? data[data.length - 1] : data;
    if (typeof link !== "string" || !ours.test(link)) return;
    window.history.pushState({}, "", link);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }
  // On a phone the pages are one line that is scrolled: the page that one is on must be in sight.
  var shown = null;
  function showHere() {
    var here = document.querySelector("nav.pages .here");
    if (!here || here === shown) return;
    shown = here;
    var line = here.closest("nav");
    var at = here.getBoundingClientRect(), room = line.getBoundingClientRect();
    if (at.left < room.left || at.right > room.right) line.scrollLeft += at.left - room.left - 24;
  }
  function settle() {
    showHere();
    document.querySelectorAll(".js-plotly-plot").forEach(function (plot) {
      if (plot.dataset.followed || typeof plot.on !== "function") return;
      plot.dataset.followed = "yes";
      plot.on("plotly_click", follow);
    });
    var main = document.querySelector("main[data-title]");
    var title = main ? main.dataset.title + " · aftercall" : "aftercall";
    if (document.title !== title) document.title = title;
  }
  new MutationObserver(settle).observe(document.body, { childList: true, subtree: true });
})();
