import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {deserializeDate, serializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {ControlPanel} from "@web/search/control_panel/control_panel";

const {DateTime} = luxon;

/** Control panel of a report as of a date, with that date to be seen and chosen. */
export class AsOfControlPanel extends ControlPanel {
    static template = "crm_sales_funnel.AsOfControlPanel";
    static components = {...ControlPanel.components, DateTimeInput};

    get context() {
        return this.env.searchModel.context;
    }

    get today() {
        return DateTime.local().startOf("day");
    }

    get asOf() {
        const {as_of: asOf} = this.context;
        return asOf ? deserializeDate(asOf) : this.today;
    }

    get shortcuts() {
        const lastOf = (unit) => this.today.startOf(unit).minus({days: 1});
        return [
            {title: _t("Today"), date: this.today},
            {title: _t("End of last month"), date: lastOf("month")},
            {title: _t("End of last quarter"), date: lastOf("quarter")},
            {title: _t("End of last year"), date: lastOf("year")},
        ];
    }

    setAsOf(date) {
        const isToday = !date || date.hasSame(this.today, "day");
        this.env.searchModel.setAsOf(isToday ? false : serializeDate(date));
    }
}
