"""Made-up people, places and studies: names from many of the languages of Australia, none of them anybody's record."""

_SURNAMES = (
    "Abbott Achterberg Ahmadi Åkesson Almeida Anwar Aristidou Baumgärtner Bến Berger Bianchi Blažević Bondarenko Bui "
    "Burgoyne Callaghan Campbell Castillo Châu Christodoulou Cooper Crăciun Dağlı Dang De-Groot Đặng D'Souza Dzhaparov "
    "Eriksen Fairweather Fernández Fitzgerald Ganambarr Georgiou Giménez Goncharov Grönlund Gurung Haddad Halloran "
    "Hoàng Horvát Ibarra Iskandar Ivanović Jayawardena Jørgensen Kaur Kavanagh Kealoha Kovač Krüger Laguerre Lam "
    "Leiataua Lý Mačiulis Mahlangu Malik Marchetti McAllister Mbeki Mendoza Moreau Müller Munyarryun Nakata Ngô Nowak "
    "Núñez O'Connell Okafor Oliveira Öztürk Papadakis Park Petrović Phạm Pillai Radžiūnas Ramanathan Rasmussen Rojas "
    "Sánchez Šarić Schäfer Silva Sjöberg Subramaniam Szabó Tāmaki Tautahi Thapa Todorov Trần Tuilagi Ueda Vasquez Võ "
    "Wanambi Watanabe Whitlock Wójcik Xu Yamamoto Yılmaz Zając Zhang Zimmermann"
)

_GIVEN_NAMES = (
    "Aaliyah Adèle Ahmed Aiko Alejandra Alinta Amara André Anh Anika Anjali Aoife Ari Åsa Ayşe Banjo Beatriz Bo Bridget "
    "Camille Catarina Chí Cillian Clémence Dalia Daniel Đức Eirini Elsa Emília Emre Esme Farah Felix François Freya "
    "Gabriel Giulia Hà Hamza Hao Helena Hinemoa Hugo Idris Imogen Ines Isla Ivan Jacinta Jamal Jasper Jesús João Jun "
    "Kai Karim Katarzyna Keanu Kim Lachlan Lan Léa Lowanna Lucía Mahalia Malakai Marek Matilda Mehmet Merindah Milan "
    "Moana Nadia Naoki Ngọc Niamh Noor Óscar Padma Pablo Pernille Quang Rafael Rania René Rohan Róisín Saoirse Sina "
    "Sofía Søren Suresh Tadhg Tāne Tatiana Thảo Tomás Vera Vikram Waru William Xuân Yara Yusuf Zara Zoltán"
)

TITLES = ("Ms", "Mr", "Mx", "Mrs", "Miss", "Dr")

PLACES = (
    ("Coolum", "QLD", "4573"),
    ("Bendigo", "VIC", "3550"),
    ("Katherine", "NT", "0850"),
    ("Launceston", "TAS", "7250"),
    ("Broome", "WA", "6725"),
    ("Port Augusta", "SA", "5700"),
    ("Tumut", "NSW", "2720"),
    ("Belconnen", "ACT", "2617"),
    ("O'Connor", "ACT", "2602"),
    ("Cairns North", "QLD", "4870"),
)
STREETS = ("Wattle Lane", "Harbour Parade", "Banksia Crescent", "King's Road", "Quarry Street", "Lyrebird Way")

COURSES = (
    ("BSC11", "Bachelor of Science (Ecology)"),
    ("BLAW2", "Bachelor of Laws & Legal Practice"),
    ("MPH07", "Master of Public Health"),
    ("DMUS3", "Diploma of Music"),
    ("GDED9", "Graduate Diploma of Education, Secondary"),
    ("BAVI4", "Bachelor of Aviation"),
)
SUBJECTS = (
    ("ECO", "Ecology of Arid Lands"),
    ("LAW", "Contracts, Torts and Trusts"),
    ("EPI", "Epidemiology"),
    ("MUS", "Harmony & Counterpoint"),
    ("PED", "Teaching and Assessment"),
    ("AVN", "Meteorology for Pilots"),
    ("STA", "Statistics"),
    ("HIS", "History of the Pacific"),
)
GRADES = (
    (85, "HD", "High Distinction"),
    (75, "D", "Distinction"),
    (65, "CR", "Credit"),
    (50, "P", "Pass"),
    (0, "F", "Fail"),
)

SURNAMES = tuple(_SURNAMES.split())
GIVEN_NAMES = tuple(_GIVEN_NAMES.split())
