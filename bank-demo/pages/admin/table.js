// Tables and lists whose DOM nodes stay while their texts change: scroll position and focus stay too.
import { element, setText } from '../common/dom.js';

function fillCell(cell, value) {
  if (value instanceof Node) {
    if (cell.firstChild !== value || cell.childNodes.length !== 1) cell.replaceChildren(value);
  } else {
    setText(cell, String(value ?? ''));
  }
}

/**
 * `columns`: [{title, right?}], `rows`: arrays of texts or nodes, the first of each its name. Without
 * rows the text `empty` replaces the table.
 */
export function fillTable(table, columns, rows, empty) {
  if (!table.tHead) {
    const heads = columns.map((c) => element('th', { scope: 'col', class: c.right ? 'right' : null }, c.title));
    table.append(element('thead', {}, element('tr', {}, ...heads)), element('tbody'));
    table.parentElement.after(element('p', { class: 'hint' }));
  }
  const body = table.tBodies[0];
  while (body.rows.length > rows.length) body.deleteRow(-1);
  for (const [i, row] of rows.entries()) {
    const line = body.rows[i] ?? body.appendChild(element('tr', {}, ...columns.map((c, at) => (at === 0
      ? element('th', { scope: 'row' }) : element('td', { class: c.right ? 'right' : null })))));
    for (const [at, value] of row.entries()) fillCell(line.cells[at], value);
  }
  table.parentElement.hidden = rows.length === 0;
  setText(table.parentElement.nextElementSibling, rows.length === 0 ? empty : '');
}

/** `pairs`: [label, text]. */
export function fillFigures(list, pairs) {
  while (list.children.length > pairs.length) list.lastElementChild.remove();
  for (const [i, [label, text]] of pairs.entries()) {
    const pair = list.children[i] ?? list.appendChild(element('div', {}, element('dt'), element('dd')));
    setText(pair.children[0], label);
    setText(pair.children[1], text);
  }
}

/** A state as text and colour; `level` is good, warn, bad or idle. */
export function setChip(chip, level, text) {
  chip.className = 'chip';
  chip.dataset.level = level;
  setText(chip, text);
}
