import {AutoComplete} from "@web/core/autocomplete/autocomplete";
import {Component, toRaw, useEffect, useRef, useState} from "@odoo/owl";
import {PayrollPasteDialog} from "./payroll_paste_dialog";
import {escapeRegExp} from "@web/core/utils/strings";
import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/views/fields/formatters";
import {getCurrency} from "@web/core/currency";
import {localization} from "@web/core/l10n/localization";
import {parseFloat} from "@web/views/fields/parsers";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useBus, useService} from "@web/core/utils/hooks";

const SIGNS = {earning: 1, withheld: -1, employer: 0};

/** Whether thousands are thousands, and nothing else is there: 1,23 is no number. */
function isNumber(text) {
    const [point, separator] = [
        localization.decimalPoint,
        localization.thousandsSep || ",",
    ].map(escapeRegExp);
    const whole = `\\d{1,3}(?:${separator}\\d{2,3})*${separator}\\d{3}|\\d+`;
    const number = `[+-]?(?:(?:${whole})(?:${point}\\d*)?|${point}\\d+)`;
    return new RegExp(`^${number}$`).test(text);
}

function keyOf(line, column) {
    return `${line.partner_id}:${column.id}`;
}

/**
 * The pay of a month: a line for each employee, a column for each pay item, as a
 * spreadsheet. The value is `{version, lines: [{partner_id, name, code, amounts}]}`, and
 * it is written as a whole.
 */
export class PayrollGridField extends Component {
    static template = "crm_sales_funnel.PayrollGridField";
    static components = {AutoComplete};
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.invalid = useState(new Set());
        // cell -> what is typed in it and not taken over, which no drawing undoes
        this.typed = {};
        // the values that come from here
        this.sent = new WeakSet();
        this.sources = [{options: this.findEmployees.bind(this)}];
        const {bus} = this.props.record.model;
        useBus(bus, "NEED_LOCAL_CHANGES", ({detail}) =>
            detail.proms.push(this.commit()),
        );
        useBus(bus, "WILL_SAVE_URGENTLY", () => this.commit());
        useEffect(
            (_resId, value) => {
                // What was taken back or loaded anew is not wrong any more.
                if (!value || !this.sent.has(toRaw(value))) {
                    this.typed = {};
                    this.invalid.clear();
                }
            },
            () => [this.props.record.resId, this.props.record.data[this.props.name]],
        );
        // After each drawing, since it is drawn later than what it shows was read: what
        // is typed meanwhile must not be undone.
        useEffect(() => this.showAmounts());
        useEffect(() => {
            const [row, column] = this.next || [];
            const cell = row !== undefined && this.getCell(row, column);
            if (cell) {
                this.next = null;
                cell.focus();
            }
        });
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    get value() {
        return this.pending || this.props.record.data[this.props.name] || {lines: []};
    }

    get lines() {
        return this.value.lines || [];
    }

    get columns() {
        return this.props.record.data.columns || [];
    }

    showAmounts() {
        for (const cell of this.root.el.querySelectorAll("input[data-column]")) {
            const line = this.lines[cell.dataset.row];
            const column = this.columns[cell.dataset.column];
            const text = line && column ? this.formatCell(line, column) : "";
            if (cell.value !== text) {
                cell.value = text;
            }
        }
    }

    get digits() {
        const currency = getCurrency(this.props.record.data.currency_id?.id);
        return currency?.digits || [69, 2];
    }

    format(amount) {
        return formatFloat(amount || 0, {digits: this.digits});
    }

    formatCell(line, column) {
        const amount = line.amounts[column.id];
        return this.typed[keyOf(line, column)] ?? (amount ? this.format(amount) : "");
    }

    kindOf(column) {
        return {
            withheld: _t("withheld"),
            employer: _t("on top"),
        }[column.kind];
    }

    removeLabel(line) {
        return _t("Remove %s", line.name);
    }

    netOf(line) {
        return this.columns.reduce(
            (sum, {id, kind}) => sum + SIGNS[kind] * (line.amounts[id] || 0),
            0,
        );
    }

    sumOf(column) {
        return this.lines.reduce(
            (sum, line) => sum + (line.amounts[column.id] || 0),
            0,
        );
    }

    get net() {
        return this.lines.reduce((sum, line) => sum + this.netOf(line), 0);
    }

    isInvalid(line, column) {
        return this.invalid.has(keyOf(line, column));
    }

    // ------------------------------------------------------------------
    // Changing it
    // ------------------------------------------------------------------

    async update(lines) {
        const value = {...this.value, lines};
        // Until the record has it, so that what is typed next is added to it.
        this.pending = value;
        this.sent.add(value);
        await this.props.record.update({[this.props.name]: value});
        if (this.pending === value) {
            this.pending = null;
        }
    }

    /** Take over what is typed in the cell that has the focus. */
    async commit() {
        const cell = document.activeElement;
        if (this.root.el?.contains(cell) && cell.dataset.column) {
            await this.change(cell);
        }
    }

    async change(cell) {
        const row = Number(cell.dataset.row);
        const column = this.columns[Number(cell.dataset.column)];
        const line = this.lines[row];
        if (!line || !column) {
            return;
        }
        const key = keyOf(line, column);
        let amount = 0;
        try {
            amount = this.parse(cell.value);
        } catch {
            this.invalid.add(key);
            await this.props.record.setInvalidField(this.props.name);
            return;
        }
        delete this.typed[key];
        this.invalid.delete(key);
        if (!this.invalid.size) {
            await this.props.record.resetFieldValidity(this.props.name);
        }
        if (amount !== (line.amounts[column.id] || 0)) {
            await this.update(this.withAmounts([[row, column.id, amount]]));
        }
        this.showAmounts();
    }

    parse(text) {
        const cell = text.normalize("NFKC").trim();
        const amount = cell ? parseFloat(cell) : 0;
        if (!Number.isFinite(amount) || !(cell.startsWith("=") || isNumber(cell))) {
            throw new Error(text);
        }
        return Number(amount.toFixed(this.digits[1]));
    }

    withAmounts(changes) {
        const lines = this.lines.map((line) => ({...line, amounts: {...line.amounts}}));
        for (const [row, item, amount] of changes) {
            lines[row].amounts[item] = amount;
            delete this.typed[keyOf(lines[row], {id: item})];
            this.invalid.delete(keyOf(lines[row], {id: item}));
        }
        return lines;
    }

    async findEmployees(term) {
        const company = this.props.record.data.company_id.id;
        const found = await this.orm.call("funnel.payroll", "find_employees", [
            term,
            company,
        ]);
        const here = new Set(this.lines.map((line) => line.partner_id));
        const options = found
            .filter((line) => !here.has(line.partner_id))
            .map((line) => ({
                label: line.code ? `${line.name} (${line.code})` : line.name,
                onSelect: () => this.add(line),
            }));
        return options.length ? options : [{label: _t("Nobody else of this name")}];
    }

    async add(line) {
        this.next = [this.lines.length, 0];
        await this.update([...this.lines, line]);
    }

    remove(line) {
        return this.update(this.lines.filter((other) => other !== line));
    }

    // ------------------------------------------------------------------
    // Keyboard
    // ------------------------------------------------------------------

    getCell(row, column) {
        return this.root.el?.querySelector(
            `input[data-row="${row}"][data-column="${column}"]`,
        );
    }

    onFocus(ev) {
        ev.target.select();
    }

    onInput(ev) {
        const {row, column} = ev.target.dataset;
        this.typed[keyOf(this.lines[row], this.columns[column])] = ev.target.value;
        this.props.record.model.bus.trigger("FIELD_IS_DIRTY", true);
    }

    onKeydown(ev) {
        const step = {Enter: 1, ArrowDown: 1, ArrowUp: -1}[ev.key];
        if (!step || ev.altKey || ev.ctrlKey || ev.metaKey) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        const {row, column} = ev.target.dataset;
        const back = ev.key === "Enter" && ev.shiftKey ? -1 : step;
        const cell =
            this.getCell(Number(row) + back, column) ||
            (back > 0 && this.root.el.querySelector(".o_funnel_payroll_add input"));
        cell?.focus();
    }

    // ------------------------------------------------------------------
    // Paste
    // ------------------------------------------------------------------

    /** A block of numbers goes where the cursor is; rows with names find their line. */
    onPaste(ev) {
        const text = ev.clipboardData.getData("text/plain");
        if (this.props.readonly || !/[\t\n]/.test(text.trim())) {
            return;
        }
        ev.preventDefault();
        const {row, column} = ev.target.dataset;
        let block = null;
        try {
            block =
                column &&
                text
                    .replace(/\r?\n$/, "")
                    .split(/\r?\n/)
                    .map((cells) => cells.split("\t").map((cell) => this.parse(cell)));
        } catch {
            block = null; // not numbers alone
        }
        if (block) {
            this.fill(block, Number(row), Number(column));
        } else {
            this.openPaste(text);
        }
    }

    fill(block, firstRow, firstColumn) {
        const changes = block.flatMap((amounts, row) =>
            amounts.map((amount, column) => [
                firstRow + row,
                this.columns[firstColumn + column]?.id,
                amount,
            ]),
        );
        if (changes.some(([row, item]) => !item || row >= this.lines.length)) {
            this.notification.add(
                _t("There are more numbers than cells from here on."),
                {
                    type: "danger",
                },
            );
            return;
        }
        this.update(this.withAmounts(changes));
        if (!this.invalid.size) {
            this.props.record.resetFieldValidity(this.props.name);
        }
    }

    openPaste(text = "") {
        this.dialog.add(PayrollPasteDialog, {
            text,
            columns: this.columns,
            company: this.props.record.data.company_id.id,
            take: (rows) => this.take(rows),
        });
    }

    take(rows) {
        const lines = new Map(this.lines.map((line) => [line.partner_id, line]));
        for (const row of rows) {
            const old = lines.get(row.partner_id) || row;
            const amounts = {...old.amounts, ...row.amounts};
            lines.set(row.partner_id, {...old, amounts});
        }
        return this.update([...lines.values()]);
    }
}

export const payrollGridField = {
    component: PayrollGridField,
    displayName: _t("Payroll grid"),
    supportedTypes: ["json"],
};

registry.category("fields").add("funnel_payroll_grid", payrollGridField);
