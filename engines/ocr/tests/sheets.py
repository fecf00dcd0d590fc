"""The texts of our rendered set: letters and tables of the trade, in French and in English."""

from __future__ import annotations

from engines.ocr.tests.pages import MARGIN, Sheet

LETTER_FR = Sheet(
    "lettre",
    "fr",
    (
        "Conciergerie du Parc, 14 rue de la République, 69002 Lyon",
        "Lyon, le 3 février 2026",
        "Objet : départ anticipé et restitution du dépôt de garantie",
        "Madame, Monsieur,",
        "Nous avons bien reçu votre courrier du 28 janvier par lequel vous nous faites part de votre départ anticipé "
        "de l'appartement situé au 12 rue des Lilas. Conformément à l'article 7 du contrat, le préavis est d'un mois "
        "et commence à courir à la date de réception de votre lettre.",
        "L'état des lieux de sortie aura lieu le vendredi 27 février à 9 h 30. Vous voudrez bien remettre à cette "
        "occasion les trois clés, le badge du garage et la télécommande. Le dépôt de garantie, soit 1 450,00 €, vous "
        "sera restitué dans un délai d'un mois, déduction faite des sommes éventuellement dues.",
        "La chaudière ayant été révisée en décembre, aucune intervention n'est prévue avant votre départ. En cas de "
        "dégât des eaux ou de panne, appelez le gardien au 04 78 12 34 56, de préférence avant 18 heures.",
        "Où que vous soyez, n'hésitez pas à nous écrire : nous vous répondrons sous quarante-huit heures.",
        "Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées.",
        "Hélène Lefèvre, responsable des séjours",
    ),
    family="serif",
    points=11,
)

INVOICE_FR = Sheet(
    "facture",
    "fr",
    (
        "Facture n° FA-2026-0317",
        "Transports Béranger SARL, 8 quai du Port, 13002 Marseille",
        "Client : Logistique du Nord, 25 avenue Général Leclerc, 59000 Lille",
        "Date d'émission : 17 mars 2026. Échéance : 16 avril 2026.",
        ("Désignation", "Quantité", "Prix unitaire", "Montant"),
        ("Enlèvement de palettes", "12", "18,50 €", "222,00 €"),
        ("Livraison express à Nîmes", "3", "64,00 €", "192,00 €"),
        ("Stockage réfrigéré, par jour", "9", "27,30 €", "245,70 €"),
        ("Frais de dédouanement", "1", "95,00 €", "95,00 €"),
        ("Assurance ad valorem", "2", "41,15 €", "82,30 €"),
        ("Total hors taxes", "", "", "837,00 €"),
        ("TVA 20 %", "", "", "167,40 €"),
        ("Total à payer", "", "", "1 004,40 €"),
        "Paiement par virement sous trente jours. Pénalités de retard : trois fois le taux d'intérêt légal. Indemnité "
        "forfaitaire pour frais de recouvrement : 40 €.",
    ),
)

DELIVERY_FR = Sheet(
    "bordereau",
    "fr",
    (
        "Bon de livraison BL 40871",
        "Expéditeur : Entrepôt de Vénissieux. Destinataire : Hôtel Bellevue, Grenoble.",
        ("Référence", "Colis", "Poids", "Remarque"),
        ("Linge de lit, taille 160", "14", "112 kg", "conforme"),
        ("Serviettes éponge blanches", "22", "96 kg", "conforme"),
        ("Savons à la lavande", "6", "31 kg", "un carton mouillé"),
        ("Bouteilles d'eau gazeuse", "18", "204 kg", "deux cassées"),
        ("Produits d'entretien", "5", "47 kg", "conforme"),
        "Réserves du destinataire : un carton de savons arrivé mouillé, deux bouteilles cassées sur la palette n° 3. "
        "Le chauffeur a été prévenu à l'arrivée et a signé les réserves.",
        "Livré le 9 juin 2026 à 7 h 45. Température relevée à quai : 11 °C.",
    ),
    family="wide",
    points=10,
    columns=(MARGIN, 830, 980, 1150),
)

INVENTORY_FR = Sheet(
    "etat-des-lieux",
    "fr",
    (
        "État des lieux d'entrée : villa Les Tamaris",
        "Le présent document est établi contradictoirement entre le propriétaire et le locataire.",
        ("Pièce", "Élément", "État"),
        ("Entrée", "Porte et serrure", "bon état, deux clés"),
        ("Séjour", "Parquet en chêne", "rayures légères près de la fenêtre"),
        ("Cuisine", "Plaque à induction", "neuve, notice présente"),
        ("Chambre 1", "Volets roulants", "moteur bruyant"),
        ("Salle d'eau", "Joint de douche", "à refaire avant l'été"),
        "Le compteur d'électricité indique 48 213 kWh, celui de l'eau 1 067 m³. Le locataire dispose de dix jours pour "
        "demander à compléter cet état des lieux.",
        "Fait à Antibes, en deux exemplaires, le 1er juillet 2026.",
    ),
    family="sans",
    points=11,
    columns=(MARGIN, 470, 880),
)

LETTER_EN = Sheet(
    "letter",
    "en",
    (
        "Harbour Street Lettings, 41 Harbour Street, Bristol BS1 5TY",
        "12 May 2026",
        "Subject: replacement of the boiler and access to the flat",
        "Dear Ms Whitfield,",
        "Thank you for letting us know that the boiler has failed again. Our engineer will replace it on Tuesday 19 "
        "May between 8 and 11 in the morning. Please keep the hallway cupboard clear, and leave the spare key with the "
        "porter if you cannot be there yourself.",
        "While the heating is off you may use the two electric radiators stored in the basement, behind the bicycles. "
        "We will take £36.50 off the June rent for the electricity they use. The hot water should be back the same "
        "evening; if it is not, ring the emergency line on 0117 496 0182.",
        "The deposit certificate you asked for is enclosed. Any damage should be reported within forty-eight hours, "
        "with photographs, so that we can claim from the insurer without delay.",
        "Yours sincerely,",
        "George Okafor, property manager",
    ),
    family="serif",
    points=11,
)

INVOICE_EN = Sheet(
    "invoice",
    "en",
    (
        "Invoice INV-20418",
        "Northern Parcel Services Ltd, Unit 6, Kirkstall Road, Leeds LS4 2AZ",
        "Bill to: Glen Cottage Holidays, 3 Mill Lane, Keswick CA12 5NS",
        ("Description", "Qty", "Unit price", "Amount"),
        ("Overnight parcel, under 10 kg", "34", "£6.85", "£232.90"),
        ("Saturday delivery surcharge", "5", "£9.00", "£45.00"),
        ("Pallet storage, per week", "8", "£14.20", "£113.60"),
        ("Failed delivery attempt", "2", "£3.75", "£7.50"),
        ("Subtotal", "", "", "£399.00"),
        ("VAT at 20%", "", "", "£79.80"),
        ("Total due", "", "", "£478.80"),
        "Payment is due within 30 days of the date of this invoice. Quote the invoice number with every payment. Goods "
        "remain our property until they are paid for in full.",
    ),
)

PACKING_EN = Sheet(
    "packing-list",
    "en",
    (
        "Packing list, shipment GB-7719-QX",
        "From: Abbey Mews Warehouse. To: Marina Loft, Southampton.",
        ("Item", "Cartons", "Weight", "Remark"),
        ("Folding chairs, oak", "24", "168 kg", "in good order"),
        ("Table lamps with shades", "9", "27 kg", "fragile, keep upright"),
        ("Kitchen crockery sets", "12", "141 kg", "one plate chipped"),
        ("Mattress protectors", "30", "66 kg", "in good order"),
        ("First-aid boxes", "4", "8 kg", "expire June 2029"),
        "The driver must count the cartons on arrival and write any reservation on this sheet before signing. Claims "
        "made later than three days after delivery cannot be accepted by the carrier.",
        "Loaded on 22 September 2026 at 06:40, seal number 553017.",
    ),
    family="wide",
    points=10,
    columns=(MARGIN, 790, 950, 1110),
)

RULES_EN = Sheet(
    "house-rules",
    "en",
    (
        "House rules for guests of Marina Loft",
        "Check-in is from 4 pm and check-out is before 10 am. Late departure until noon costs 25 pounds and must be "
        "agreed the day before. The entrance code changes with every stay; never give it to anyone else.",
        "Quiet hours run from 10 pm to 7 am. Smoking is forbidden inside and on the balcony. Parties are not allowed, "
        "and no more than six people may stay overnight.",
        "Glass, paper and food waste have separate bins in the yard. The bins are emptied on Monday and Thursday "
        "mornings. Please run the dishwasher and strip the beds before you leave.",
        "The washing machine is behind the sliding door in the hall. In an emergency dial 112, then call the caretaker "
        "on 023 8049 6012. The fire extinguisher hangs next to the cooker and was inspected in March.",
        "Lost keys are charged at 85 pounds because the cylinder has to be replaced.",
    ),
    family="sans",
    points=10,
)

SHEETS = (LETTER_FR, INVOICE_FR, DELIVERY_FR, INVENTORY_FR, LETTER_EN, INVOICE_EN, PACKING_EN, RULES_EN)
