"""The names of metrics that direction.py knows, in lower case and without separators."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """Split a text into a set of words; a text is easier to read and to extend than a list of strings."""
    return frozenset(text.split())


_LOSSES = """
    loss logloss mlogloss hinge huber logcosh crossentropy bce cce ce xe xent nll nloglik
    negativelikelihoodratio deviance kl kld kldiv kullbackleibler jsd divergence perplexity ppl bpb bpc bpd
    bpt bpp bit nat bitsperdim bitsperbyte bitsperchar bitspercharacter bitspertoken bitsperpixel natsperdim
    natspertoken cost regret penalty risk brier freeenergy crps pinball quantileloss wql mql energyscore
"""
_ERRORS = """
    error err merror mistake wrong incorrect fault failure fail failed miss bad outlier violation collision
    infraction crash clash offroad jerk invalid hallucination toxicity mismatch residual discrepancy
    deviation distortion forgetting gap disparity mse rmse rmselog rmsd mae mape smape wmape wape mdape
    medae mdae msle rmsle rrmse nrmse rse rae rrse mre mase msis owa sse sae sad l1 l2 linf maxerror
    squarederror absoluteerror absolutepercentageerror squaredlogerror ece mce ace tce sce uce
    calibrationerror ause aurc eaurc absrel sqrel rel silog log10 irmse imae whdr epe aepe aee aae flall
    flbg flfg d1all d1bg d1fg mpjpe mpjve mpjae mpvpe mpvp pve mve mrpe nme rte rre ate rpe ape tre fre
    accel ade fde minade minfde mate maoe mave maae idsw idswitch fragmentation fp fn falsepositive
    falsenegative falsealarm falseaccept falseacceptance falsereject falserejection wer cer per mer ter der
    jer wil eer ber bler vde gpe ffe fpr fnr far frr fmr fnmr apcer bpcer acer hter mindcf mintdcf dcf tdcf
    cllr lev levenshtein editdistance ned meanrank medianrank avgrank medr mnr
"""
_DISTANCES = """
    distance chamfer cd hausdorff hd asd assd msd rvd emd wasserstein swd mmd sinkhorn hamming frechet fid
    kid fvd fad cfid lpips dists niqe brisque piqe pieapp mcd lsd daviesbouldin
"""
_TIMES = """
    time runtime walltime wallclock nfe latency delay lag jitter downtime overhead duration elapsed seconds
    minutes hours ms millisecond microsecond realtimefactor rtf
"""
_COMPUTE = "flop mflop gflop mac gmac madd mult"
_RESOURCES = """
    param parameter memory mem vram ram rss modelsize energy joule watt carbon co2 emission drawdown
    volatility
"""
_QUALITIES = """
    acc accuracy accu top1 top3 top5 top10 correct success win pass em exactmatch precision prec recall
    sensitivity specificity tpr tnr tp tn truepositive truenegative ppv npv negativepredictivevalue
    positivepredictivevalue positivelikelihoodratio youden f1 f2 f05 fscore fmeasure fbeta smeasure emeasure
    idf1 idp idr auc auroc auprc aupr aucpr rocauc prauc froc tar areaundercurve gini ks ap map ar hit ndcg
    dcg mrr hr lift rank1 rank5 rank10 rank20 hitrate iou miou fwiou giou diou ciou jaccard dice dsc nsd pq
    sq rq intersectionoverunion mota hota assa deta nds pck pckh oks nss rra rta inlier spl kappa mcc
    matthew corrcoef pearson pearsonr spearman spearmanr kendall kendalltau correlation corr plcc srcc srocc
    krcc pcc ccc concordance cindex r2 rsquared d2absoluteerror d2logloss d2pinball d2tweedie d2brier
    explainedvariance silhouette homogeneity completeness calinskiharabasz vmeasure nmi ami ari mutualinfo
    mutualinformation purity psnr ssim msssim vif vmaf snr sisnr signaltonoise signaltonoiseratio sdr sisdr
    sdri sisdri sir sar pesq stoi estoi mos dnsmos utmos clipscore inceptionscore musiq maniqa delta1 delta2
    delta3 a1 a2 a3 bleu sacrebleu rouge rougel meteor chrf bertscore bleurt cider spice comet wip
    similarity cosine elbo iwae likelihood loglikelihood loglik logprob logp logpx ll llh evidence reward
    rew return fitness utility profit revenue sharpe elo gain improvement benefit survival survivaltime
    uptime mtbf timetofailure timebetweenfailure completion validity uniqueness novelty qed lddt plddt gdt
    tmscore coverage diversity quality performance
"""
_SPEEDS = """
    fps qps rps tps throughput speed speedup bandwidth utilization utilisation util mfu hfu tflop pflop ips
"""
COMPUTE = frozenset(f"{word}{plural}" for word in word_set(_COMPUTE) for plural in ("", "s"))
"""Amounts of computation: less is better for a model, more is better per second for a machine."""
LESS = COMPUTE.union(*map(word_set, (_LOSSES, _ERRORS, _DISTANCES, _TIMES, _RESOURCES)))
"""Metrics of which less is better."""
MORE = word_set(_QUALITIES) | word_set(_SPEEDS)
"""Metrics of which more is better."""
NEUTRAL = word_set("timestep timestamp learningrate errorcode passes")
"""Names that are not metrics, although a word in them is listed."""
