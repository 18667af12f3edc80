import {DateTimeField, dateField} from "@web/views/fields/datetime/datetime_field";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** A date that stands for its month, and is shown and chosen as that. */
export class MonthField extends DateTimeField {
    getFormattedValue(valueIndex) {
        const value = this.values[valueIndex];
        return value ? value.toFormat("yyyy-MM") : "";
    }
}

export const monthField = {
    ...dateField,
    component: MonthField,
    displayName: _t("Month"),
    extractProps: (...args) => ({
        ...dateField.extractProps(...args),
        minPrecision: "months",
    }),
};

registry.category("fields").add("funnel_month", monthField);
