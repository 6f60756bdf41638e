"use strict";
(function () {
  var figures = JSON.parse(document.getElementById("figures").textContent);
  Object.keys(figures).forEach(function (name) {
    var box = document.getElementById("figure-" + name);
    if (!box) return;
    var figure = figures[name];
    Plotly.newPlot(box, figure.data, figure.layout, { displayModeBar: false, responsive: true }).then(function (plot) {
      // A view box lets the drawing shrink to the paper when the page is printed.
      function fit() {
        plot.querySelectorAll(".main-svg").forEach(function (svg) {
          svg.setAttribute("viewBox", "0 0 " + svg.getAttribute("width") + " " + svg.getAttribute("height"));
        });
      }
      fit();
      plot.on("plotly_afterplot", fit);
    });
  });
})();
