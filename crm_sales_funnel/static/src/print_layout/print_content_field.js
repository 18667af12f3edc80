import {
    SelectionField,
    selectionField,
} from "@web/views/fields/selection/selection_field";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/**
 * The content of a column: of all that documents have, what the layout's kind of document
 * has. What was chosen before the kind of document changed stays visible, and is marked.
 */
export class PrintContentField extends SelectionField {
    static template = "crm_sales_funnel.PrintContentField";
    static props = {...SelectionField.props, contentsField: {type: String}};

    /** Contents of the layout, in which the column stands, as [key, label]. */
    get known() {
        const layout = this.props.record.model.root.data;
        return layout[this.props.contentsField]?.columns || [];
    }

    get options() {
        return this.isStrange ? [...this.known, [this.value, this.string]] : this.known;
    }

    get isStrange() {
        return this.value && !this.known.some(([key]) => key === this.value);
    }

    get string() {
        const choices = [...this.known, ...super.options];
        const choice = choices.find(([key]) => key === this.value);
        return choice ? choice[1] : this.value || "";
    }
}

export const printContentField = {
    ...selectionField,
    component: PrintContentField,
    displayName: _t("Content of a column"),
    supportedTypes: ["selection"],
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...selectionField.extractProps(fieldInfo, dynamicInfo),
        contentsField: fieldInfo.options.contents_field,
    }),
};

registry.category("fields").add("funnel_print_content", printContentField);
