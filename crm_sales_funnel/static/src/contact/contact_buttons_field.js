import {registry} from "@web/core/registry";
import {
    BadgeSelectionField,
    badgeSelectionField,
} from "@web/views/fields/badge_selection/badge_selection_field";
import {getFieldDomain} from "@web/model/relational_model/utils";
import {useSpecialData} from "@web/views/fields/relational_utils";

/**
 * The choices of a field as buttons: one click or key chooses, and once more takes back
 * what need not be chosen. The choices may have icons.
 */
export class ContactButtonsField extends BadgeSelectionField {
    static template = "crm_sales_funnel.ContactButtonsField";
    static props = {
        ...BadgeSelectionField.props,
        iconField: {type: String, optional: true},
    };

    setup() {
        this.type = this.props.record.fields[this.props.name].type;
        if (this.type === "many2one") {
            this.specialData = useSpecialData((orm, props) => this.load(orm, props));
        }
    }

    async load(orm, props) {
        const {relation} = props.record.fields[props.name];
        const domain = getFieldDomain(props.record, props.name, props.domain);
        const icon = props.iconField;
        const names = icon ? ["display_name", icon] : ["display_name"];
        const choices = await orm.searchRead(relation, domain, names);
        return choices.map((choice) => [choice.id, choice.display_name, choice[icon]]);
    }

    onChange(value) {
        const {name, record} = this.props;
        if (value === this.value && !record.fields[name].required) {
            return record.update({[name]: false});
        }
        return super.onChange(value);
    }
}

registry.category("fields").add("funnel_contact_buttons", {
    ...badgeSelectionField,
    component: ContactButtonsField,
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...badgeSelectionField.extractProps(fieldInfo, dynamicInfo),
        iconField: fieldInfo.options.icon_field,
    }),
});
