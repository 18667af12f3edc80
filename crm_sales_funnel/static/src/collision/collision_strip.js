import {Component, useEffect, useRef, useState} from "@odoo/owl";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useDebounced} from "@web/core/utils/timing";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {useService} from "@web/core/utils/hooks";

// Milliseconds from the last key until the server is asked.
const DELAY = 250;
// What is looked for; the rest only tells more about it.
const LOOKED_FOR = ["name", "contact_name", "phone", "email", "vat", "partner_id"];

/** A name that may run from right to left turns nothing around that stands beside it. */
const isolate = (text) => `\u2068${text}\u2069`;

/**
 * Who is known already by the name, the numbers or the addresses in a form, told while
 * they are typed. The server decides what is similar; nothing here blocks, and no error
 * of a question disturbs whoever types.
 *
 * `sources` tells where the form has what is asked for: value -> names of the fields. A
 * customer who is chosen in one is no name to look for, but what is typed there is.
 */
export class CollisionStrip extends Component {
    static template = "crm_sales_funnel.CollisionStrip";
    static props = {
        ...standardWidgetProps,
        sources: {type: Object},
    };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.state = useState({matches: [], asked: {}});
        this.checkSoon = useDebounced(() => this.check(), DELAY);
        useRecordObserver((record) => this.observe(record));
        useEffect(
            (form) => {
                const onInput = (ev) => this.isSource(ev.target) && this.checkSoon();
                form?.addEventListener("input", onInput);
                return () => form?.removeEventListener("input", onInput);
            },
            () => [this.form],
        );
        useEffect(
            () => this.focusNext(),
            () => [this.state.matches],
        );
    }

    get form() {
        return this.root.el?.closest(".o_form_renderer");
    }

    // ------------------------------------------------------------------
    // What is in the form
    // ------------------------------------------------------------------

    /** Whether something is typed in a field that is asked about. */
    isSource(input) {
        const names = Object.values(this.props.sources).flat();
        return names.some((name) => this.isInputOf(input, name));
    }

    /** Whether it is the input of a field of this form, and not of a row in a list. */
    isInputOf(input, name) {
        const field = input?.closest(".o_field_widget");
        return (
            field?.getAttribute("name") === name &&
            field.parentElement.closest(".o_field_widget, .o_form_renderer") ===
                this.form
        );
    }

    /** What is typed in a field and may not be taken over yet. */
    getTyped(name) {
        const input = document.activeElement;
        return this.isInputOf(input, name) ? input.value?.trim() : undefined;
    }

    getId(record, names) {
        const chosen = names.find(
            (name) => record.data[name] && this.getTyped(name) !== "",
        );
        return chosen ? record.data[chosen].id : false;
    }

    getTexts(record, names) {
        const texts = names.map((name) => {
            const value = record.data[name];
            const typed = this.getTyped(name);
            if (record.fields[name].type === "many2one") {
                return typed !== value?.display_name && typed;
            }
            return typed ?? value;
        });
        return [...new Set(texts.filter(Boolean))];
    }

    /** What the server is asked, see `funnel_find_similar`. */
    getValues(record) {
        const isLead = record.resModel === "crm.lead";
        const values = {model: isLead ? "crm.lead" : "res.partner"};
        for (const [key, sources] of Object.entries(this.props.sources)) {
            // Not all roles have all fields.
            const names = sources.filter((name) => name in record.data);
            if (key.endsWith("_id")) {
                values[key] = this.getId(record, names);
            } else if (key === "is_company") {
                values[key] = sources.length ? record.data[names[0]] : true;
            } else {
                values[key] = this.getTexts(record, names);
            }
        }
        return values;
    }

    getIdentity() {
        const {resId, resModel} = this.props.record;
        return {id: ["res.partner", "crm.lead"].includes(resModel) && resId};
    }

    // ------------------------------------------------------------------
    // Question and answer
    // ------------------------------------------------------------------

    /** Ask when the record has changed; another record begins anew. */
    observe(record) {
        const values = this.getValues(record);
        if (record.id !== this.recordId) {
            this.recordId = record.id;
            this.state.matches = [];
            this.answered = undefined;
            // What is saved is not asked about until somebody changes it.
            this.unchanged = record.resId ? JSON.stringify(values) : undefined;
        }
        if (this.wasDirty && !record.dirty) {
            this.answered = undefined; // saved: some of it may be decided now
        }
        this.wasDirty = record.dirty;
        this.checkSoon();
    }

    /** Ask what the form holds now, one question at a time: the newest counts. */
    async check() {
        if (this.isAsking) {
            return;
        }
        this.isAsking = true;
        let values = this.getValues(this.props.record);
        while (JSON.stringify(values) !== this.answered) {
            const matches = await this.ask(values);
            this.answered = JSON.stringify(values);
            values = this.getValues(this.props.record);
            if (JSON.stringify(values) === this.answered) {
                this.state.matches = matches;
            }
        }
        this.isAsking = false;
    }

    async ask(values) {
        const isEmpty = LOOKED_FOR.every((key) => !values[key] || !values[key].length);
        if (isEmpty || JSON.stringify(values) === this.unchanged) {
            return [];
        }
        try {
            return await this.orm.silent.call("res.partner", "funnel_find_similar", [
                {...values, ...this.getIdentity()},
            ]);
        } catch {
            return []; // the form is as good without
        }
    }

    /** Answer about one of those that are shown, as what it is shown for. */
    answer(method, match) {
        const values = {...JSON.parse(this.answered), ...this.getIdentity()};
        return this.orm.call("res.partner", method, [values, match.key]);
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    percentOf(match) {
        return `${Math.floor(match.score * 100)}%`;
    }

    describe(match) {
        const day =
            match.last_contact && formatDate(deserializeDate(match.last_contact));
        return [
            match.model === "crm.lead" ? _t("Lead") : _t("Customer"),
            ...match.reason_labels,
            match.owner
                ? _t("salesperson %s", isolate(match.owner))
                : _t("no salesperson"),
            day ? _t("last contact %s", day) : _t("never contacted"),
        ].join(" · ");
    }

    /** In a dialog: to leave a new record would save it. */
    open(match) {
        this.dialog.add(FormViewDialog, {
            resModel: match.model,
            resId: match.id,
            title: match.name,
            readonly: true,
            preventCreate: true,
            preventEdit: true,
        });
    }

    async askAccess(match) {
        const asked = await this.answer("funnel_ask_access", match);
        this.state.asked[match.key] = true;
        this.notification.add(asked ? _t("%s is asked.", asked) : _t("It is asked."), {
            type: "success",
        });
    }

    async keepApart(match) {
        await this.answer("funnel_keep_apart", match);
        this.isAnswered = true;
        this.state.matches = this.state.matches.filter(({key}) => key !== match.key);
    }

    /** The button that was pressed is gone: go on with the next, or with the name. */
    focusNext() {
        if (this.isAnswered) {
            this.isAnswered = false;
            const [name] = this.props.sources.name;
            const field = `.o_field_widget[name="${name}"]`;
            (
                this.root.el.querySelector("button") ||
                this.form?.querySelector(`${field} input, ${field} textarea`)
            )?.focus();
        }
    }

    /** Enter presses a button here; it does not save what is around it. */
    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.stopPropagation();
        }
    }
}

registry.category("view_widgets").add("funnel_collision", {
    component: CollisionStrip,
    extractProps: ({options}) => ({sources: options}),
});
