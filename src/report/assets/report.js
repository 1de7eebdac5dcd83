(function () {
  'use strict';

  var folded = Array.prototype.slice.call(document.querySelectorAll('details'));
  var opened = [];

  // Browsers that cannot unfold with styles alone.
  addEventListener('beforeprint', function () {
    opened = folded.filter(function (d) { return !d.open; });
    opened.forEach(function (d) { d.open = true; });
  });
  addEventListener('afterprint', function () {
    opened.forEach(function (d) { d.open = false; });
    opened = [];
  });

  // A link to something folded opens it.
  function reveal() {
    var target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === 'DETAILS') target.open = true;
  }
  addEventListener('hashchange', reveal);
  reveal();

  var table = document.getElementById('findings-table');
  if (!table || table.tBodies[0].rows.length < 6) return;

  var rows = Array.prototype.slice.call(table.tBodies[0].rows);
  var tools = document.createElement('div');
  var field = document.createElement('div');
  var label = document.createElement('label');
  var input = document.createElement('input');
  var button = document.createElement('button');
  var told = document.createElement('p');

  tools.className = 'tools';
  label.htmlFor = input.id = 'filter';
  label.textContent = 'Show only rows with these words';
  input.type = 'search';
  input.autocomplete = 'off';
  button.type = 'button';
  button.textContent = 'Open all evidence';
  told.setAttribute('role', 'status');
  field.append(label, input);
  tools.append(field, button, told);
  table.before(tools);

  input.addEventListener('input', function () {
    var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      shown += !row.hidden;
    });
    told.textContent = words.length ? shown + ' of ' + rows.length + ' shown' : '';
  });

  button.addEventListener('click', function () {
    var open = button.textContent.indexOf('Open') === 0;
    document.querySelectorAll('details.evidence').forEach(function (d) { d.open = open; });
    button.textContent = open ? 'Close all evidence' : 'Open all evidence';
  });
})();
