import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const PATIENCE = 15000; // milliseconds

/** A button that notes where the user is, if he presses it and the browser tells. */
export class ContactHere extends Component {
    static template = "crm_sales_funnel.ContactHere";
    static props = {...standardWidgetProps};

    setup() {
        this.notification = useService("notification");
        this.state = useState({isAsking: false});
    }

    get position() {
        const {place_latitude, place_longitude} = this.props.record.data;
        return place_latitude || place_longitude
            ? `${place_latitude.toFixed(5)}, ${place_longitude.toFixed(5)}`
            : "";
    }

    async ask() {
        this.state.isAsking = true;
        try {
            const {coords} = await new Promise((resolve, reject) =>
                navigator.geolocation.getCurrentPosition(resolve, reject, {
                    enableHighAccuracy: true,
                    timeout: PATIENCE,
                }),
            );
            await this.note(coords.latitude, coords.longitude);
        } catch {
            this.notification.add(
                _t("The browser does not tell where you are. Type the place instead."),
                {type: "warning"},
            );
        }
        this.state.isAsking = false;
    }

    note(latitude, longitude) {
        return this.props.record.update({
            place_latitude: latitude,
            place_longitude: longitude,
        });
    }
}

registry.category("view_widgets").add("funnel_contact_here", {
    component: ContactHere,
    fieldDependencies: [
        {name: "place_latitude", type: "float"},
        {name: "place_longitude", type: "float"},
    ],
});
