import {CharField, charField} from "@web/views/fields/char/char_field";
import {SelectMenu} from "@web/core/select_menu/select_menu";
import {_t} from "@web/core/l10n/translation";
import {onWillUnmount} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/**
 * A text of header or footer. A menu names the fields of the document, which stand in it
 * as {key}, and puts the chosen one where the cursor is.
 */
export class PrintTextField extends CharField {
    static template = "crm_sales_funnel.PrintTextField";
    static components = {...CharField.components, SelectMenu};
    static props = {...CharField.props, contentsField: {type: String}};

    setup() {
        super.setup();
        this.selectionEnd = this.selectionStart;
        this.inserted = false;
        this.ui = useService("ui");
        onWillUnmount(() => this.deactivateMenu());
    }

    get choices() {
        const layout = this.props.record.model.root.data;
        const known = layout[this.props.contentsField]?.fields || [];
        // The label is what is searched: both the name and the key.
        return known.map(([key, name]) => ({
            value: `{${key}}`,
            label: `${name} {${key}}`,
            name,
        }));
    }

    onBlur() {
        super.onBlur();
        this.selectionEnd = this.input.el.selectionEnd;
    }

    /** Keys that open the menu; the list would take Enter as the end of the row. */
    onKeydown(ev) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.stopPropagation();
        }
    }

    insert(text) {
        const input = this.input.el;
        input.setRangeText(text, this.selectionStart, this.selectionEnd, "end");
        this.selectionStart = this.selectionEnd = input.selectionEnd;
        this.inserted = true;
        // As if it were typed and left, so that the paper shows it at once.
        input.dispatchEvent(new InputEvent("input", {bubbles: true}));
        input.dispatchEvent(new Event("change", {bubbles: true}));
    }

    setMenu(ref) {
        this.menu = ref;
    }

    /**
     * While the menu is open, the list must not take the focus back, as it does when it
     * is drawn anew with the answer to what was typed before.
     */
    onOpened() {
        this.activeMenu = this.menu.el;
        this.ui.activateElement(this.activeMenu);
    }

    /** Typing goes on behind what was inserted. */
    onClosed() {
        this.deactivateMenu();
        if (this.inserted && this.input.el) {
            this.inserted = false;
            this.input.el.focus();
            this.input.el.setSelectionRange(this.selectionEnd, this.selectionEnd);
        }
    }

    deactivateMenu() {
        if (this.activeMenu) {
            this.ui.deactivateElement(this.activeMenu);
            this.activeMenu = null;
        }
    }
}

export const printTextField = {
    ...charField,
    component: PrintTextField,
    displayName: _t("Text with fields of the document"),
    supportedTypes: ["char"],
    listViewWidth: [170], // at least, or the buttons would cover the text
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...charField.extractProps(fieldInfo, dynamicInfo),
        contentsField: fieldInfo.options.contents_field,
    }),
};

registry.category("fields").add("funnel_print_text", printTextField);
